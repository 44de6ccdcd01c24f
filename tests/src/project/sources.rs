//! The files of the repository, as the tests of its shape read them.

use std::path::{Path, PathBuf};

use crate::harness::root;

/// A Rust file.
pub struct Source {
    /// Below the root of the repository.
    pub path: PathBuf,
    pub text: String,
}

impl Source {
    /// What the file does without its unit tests.
    pub fn code(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod tests").next().expect("a part")
    }
}

/// The Rust files below a folder.
pub fn sources(folder: &str) -> Vec<Source> {
    let is_below =
        |path: &PathBuf| path.starts_with(folder) && path.extension().is_some_and(|end| end == "rs");
    let read = |path: PathBuf| Source { text: text(&path), path };
    files().into_iter().filter(is_below).map(read).collect()
}

/// The files of the repository, below its root, without what is built or installed there.
pub fn files() -> Vec<PathBuf> {
    const NOT_OURS: [&str; 5] = [".git", ".local", ".aws-sam", "target", "corpus"];
    let (mut files, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let is_ours = !NOT_OURS.iter().any(|name| path.ends_with(name));
            if path.is_dir() && is_ours {
                folders.push(path);
            } else if path.is_file() {
                files.push(path.strip_prefix(root()).expect("below the root").to_owned());
            }
        }
    }
    files.sort();
    files
}

/// The text of a file.
pub fn text(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of code of this language under a heading of a page, up to the next heading.
pub fn blocks(page: &str, heading: &str, language: &str) -> Vec<String> {
    let page = text(page);
    let (_, section) =
        page.split_once(&format!("# {heading}\n")).unwrap_or_else(|| panic!("{heading} is missing"));
    let mut blocks = Vec::new();
    // Text and code take turns.
    for (number, part) in section.split("\n```").enumerate() {
        match part.split_once('\n') {
            _ if number % 2 == 0 && part.contains("\n#") => break,
            Some((found, code)) if number % 2 == 1 && found == language => blocks.push(format!("{code}\n")),
            _ => {}
        }
    }
    blocks
}
