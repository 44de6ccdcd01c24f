//! The words of documents and comments are those of docs/style.md.

use std::collections::BTreeMap;

use crate::project::sources::{files, text};

/// The words of a file that are for people: all of a document, and the comments of anything else.
fn prose(path: &std::path::Path) -> String {
    let marks: &[&str] = match path.extension().and_then(|end| end.to_str()).unwrap_or_default() {
        // The glossary lists the words that are to be avoided.
        "md" if !path.ends_with("docs/style.md") => return text(path),
        "rs" => &["//"],
        "yaml" | "yml" | "toml" | "sh" | "py" => &["# "],
        "html" => &["{#"],
        _ => return String::new(),
    };
    let text = text(path);
    let comments = text
        .lines()
        .filter_map(|line| marks.iter().find_map(|mark| line.split_once(mark).map(|(_, comment)| comment)));
    comments.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_words_of_documents_and_comments_are_plain() {
    const AVOIDED: [&str; 10] =
        ["nobody", "somebody", "whoever", "anybody", "stands", "stood", "anew", "mend", "so many", "so much"];
    let (mut words, mut avoided) = (0, BTreeMap::new());
    for path in files() {
        let prose = prose(&path).to_lowercase();
        let split =
            prose.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
        let split: Vec<&str> = split.collect();
        words += split.len();
        let joined = format!(" {} ", split.join(" "));
        for word in AVOIDED {
            let count = joined.matches(&format!(" {word} ")).count();
            if count > 0 {
                *avoided.entry((word, path.clone())).or_insert(0) += count;
            }
        }
    }
    let found: usize = avoided.values().sum();
    println!("{found} avoided words in {words}");
    assert!(words > 20_000 && found * 10_000 <= words * 7, "{found} in {words}: {avoided:?}");
}
