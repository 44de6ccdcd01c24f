//! What a command prints: answers on standard output, all else on standard error.

use std::io::{IsTerminal as _, Write as _};

use latchkey::invisible::is_shown;
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use crate::arguments::Common;
use crate::stop::Stop;

/// Where answers go, and in which form.
pub(crate) struct Output {
    is_json: bool,
    is_dry_run: bool,
    has_colour: bool,
}

impl Output {
    /// Answers as JSON, or as text, which is coloured only on a terminal.
    pub(crate) fn new(common: &Common, no_colour: bool) -> Self {
        let (is_json, is_dry_run) = (common.json, common.dry_run);
        Self { is_json, is_dry_run, has_colour: !is_json && !no_colour && std::io::stdout().is_terminal() }
    }

    /// Whether answers are JSON.
    pub(crate) const fn is_json(&self) -> bool {
        self.is_json
    }

    /// Prints an answer: a value as JSON, or lines for people.
    pub(crate) fn answer(&self, json: &Value, lines: &str) {
        if self.is_json { print(&escaped_json(json)) } else { print(lines.trim_end()) }
    }

    /// The same of what a command has done. With `--dry-run` it says that it has not.
    pub(crate) fn done(&self, json: &Value, sentence: &str) {
        if !self.is_dry_run {
            return self.answer(json, sentence);
        }
        let mut json = json.clone();
        if let Some(members) = json.as_object_mut() {
            members.insert("dry_run".to_owned(), Value::Bool(true));
        }
        self.answer(&json, &format!("Nothing was written. Without --dry-run: {sentence}"));
    }

    /// A text in bold, on a terminal.
    pub(crate) fn strong(&self, text: &str) -> String {
        if self.has_colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Prints a line of an answer. If its reader has gone, there is no one to tell.
pub(crate) fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Tells the person what happens. It is no answer.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A text that a client has chosen, without the characters that command a terminal or that no one sees.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().map(|character| shown(character, |code| format!("\\u{{{code:x}}}"))).collect()
}

/// The same within quotes, cut to this number of characters.
pub(crate) fn quoted(text: &str, most: usize) -> String {
    let cut: String = text.chars().take(most).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("\"{}{more}\"", escaped(&cut))
}

/// A text that a client has chosen, as a column of this width. A longer one makes its line longer, and is not cut.
pub(crate) fn padded(text: &str, width: usize) -> String {
    let text = escaped(text);
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// JSON on one line, in which those characters are escaped, too.
pub(crate) fn escaped_json(value: &Value) -> String {
    escaped_in_json(&value.to_string())
}

/// The same on many lines, for a person who reads it.
pub(crate) fn escaped_lines(value: &Value) -> Result<String, Stop> {
    let text = serde_json::to_string_pretty(value).map_err(Stop::failed)?;
    Ok(text.lines().map(escaped_in_json).collect::<Vec<_>>().join("\n"))
}

fn escaped_in_json(text: &str) -> String {
    let escape = |code: u32| {
        let mut units = [0; 2];
        let units = char::from_u32(code).map_or(&mut [][..], |character| character.encode_utf16(&mut units));
        units.iter().fold(String::new(), |text, unit| format!("{text}\\u{unit:04x}"))
    };
    text.chars().map(|character| shown(character, escape)).collect()
}

fn shown(character: char, escape: impl Fn(u32) -> String) -> String {
    if is_shown(character) { character.to_string() } else { escape(character.into()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_commands_a_terminal_or_is_not_seen_is_escaped() {
        let hostile = "a\u{1b}[2J\nb\u{9b}1m\u{202e}c\u{200b}é";
        assert_eq!(escaped(hostile), "a\\u{1b}[2J\\u{a}b\\u{9b}1m\\u{202e}c\\u{200b}é");
        let json = json!({ "name": hostile });
        assert_eq!(escaped_json(&json), "{\"name\":\"a\\u001b[2J\\nb\\u009b1m\\u202ec\\u200bé\"}");
        assert_eq!(
            serde_json::from_str::<Value>(&escaped_json(&json)).unwrap(),
            json,
            "it is the same value"
        );
        assert_eq!(padded("漢字", 6), "漢字  ", "a wide character takes two columns");
        assert_eq!(quoted(&"x".repeat(10_000), 3), "\"xxx…\"");
    }
}
