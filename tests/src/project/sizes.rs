//! The budgets of docs/style.md that no lint of the compiler holds: lengths of files and of lines.

use crate::project::sources::{files, sources, text};

#[test]
fn every_file_says_what_it_is_for_and_none_has_outgrown_its_name() {
    for source in sources("") {
        let name = source.path.display();
        let is_peer = source.path.starts_with("infra/bench/peers");
        assert!(source.text.starts_with("//! ") || is_peer, "{name} does not open with its purpose");
        let lines = source.code().lines().count();
        assert!(lines <= 250, "{name} has {lines} lines");
    }
}

/// The lines that have to be short, with their numbers: in a document neither a table nor a block of printed output.
fn lines(text: &str, is_document: bool) -> impl Iterator<Item = (usize, &str)> {
    let mut is_block = false;
    text.lines().zip(1..).map(|(line, number)| (number, line)).filter(move |(_, line)| {
        is_block ^= is_document && line.trim_start().starts_with("```");
        let is_table = line.trim_start().trim_start_matches("//! ").starts_with('|');
        !is_block && !is_table && !line.contains("https://")
    })
}

#[test]
fn no_line_is_wider_than_120_columns() {
    const ENDS: [&str; 10] = ["rs", "md", "yaml", "yml", "toml", "sh", "py", "mjs", "html", "css"];
    let mut wide = Vec::new();
    for path in files() {
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if !ENDS.contains(&end) {
            continue;
        }
        let text = text(&path);
        let found = lines(&text, end == "md").filter(|(_, line)| line.chars().count() > 120);
        wide.extend(found.map(|(number, _)| format!("{}:{number}", path.display())));
    }
    assert!(wide.is_empty(), "wider than 120 columns:\n{}", wide.join("\n"));
}

#[test]
fn the_readme_is_read_in_a_few_minutes() {
    let lines = text("README.md").lines().count();
    assert!(
        lines <= 180,
        "README.md has {lines} lines; what is not for the first ten minutes belongs into docs/"
    );
}
