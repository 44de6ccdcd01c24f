//! Display names: what a user wants to be called. A name is optional and may be in any script.

use validator::{ValidateLength, ValidateNonControlCharacter, ValidationError};

use crate::invisible::{is_blank, is_deceptive, is_shaping};
use crate::violation::violation;

/// The most code points of a display name.
pub const MAX_LENGTH: u64 = 100;

/// Parses a display name. Blanks around it are removed, and a name without a visible character becomes `None`. At its
/// end, a joiner or a variation selector stays, because it belongs to the character before it.
///
/// # Errors
/// The first rule that it violates: `too_long`, or `invalid` for control characters, and for those that make the text
/// around them look like another one.
pub fn parse(text: &str) -> Result<Option<String>, ValidationError> {
    let text = text.trim_start_matches(is_blank);
    let text = text.trim_end_matches(|last| is_blank(last) && !is_shaping(last));
    if !text.validate_length(None, Some(MAX_LENGTH), None) {
        return Err(violation("too_long", format!("Enter a name of at most {MAX_LENGTH} characters.")));
    }
    if !text.validate_non_control_character() {
        return Err(violation("invalid", "Remove the control characters from the name."));
    }
    if text.contains(is_deceptive) {
        let message = "Remove the invisible characters from the name: they change the direction or the line.";
        return Err(violation("invalid", message));
    }
    Ok(Some(text).filter(|text| !text.is_empty()).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_visible_character_is_none() {
        for text in [
            "\u{200b}",
            "\u{3164}",
            "\u{2800} \u{feff}",
            "\u{e0041}",
            "\u{202e}",
            "\u{200d}\u{fe0f}",
            "\u{2028}",
        ] {
            assert_eq!(parse(text), Ok(None), "{text:?}");
        }
        assert_eq!(parse("\u{feff}\u{202a}Ada\u{202c}\u{200b} ").unwrap().unwrap(), "Ada");
    }

    #[test]
    fn a_name_may_need_invisible_characters_and_may_not_deceive() {
        for text in
            ["👩\u{200d}💻 ❤\u{fe0f}", "می\u{200c}خواهم", "ක්\u{200d}ෂ", "葛\u{e0100}", "ភាសា\u{200b}ខ្មែរ"]
        {
            assert_eq!(parse(text).unwrap().as_deref(), Some(text), "{text:?}");
        }
        for text in ["a\u{202e}b", "a\u{200f}b", "a\u{2066}b", "a\u{2028}b", "a\u{2029}b", "a\u{e0041}b"] {
            assert_eq!(parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }

    #[test]
    fn a_name_may_contain_anything_but_control_characters() {
        assert_eq!(parse("  Ada Lovelace "), Ok(Some("Ada Lovelace".to_owned())));
        let any_script = "محمد 李 👩‍💻 <script>";
        assert_eq!(parse(any_script), Ok(Some(any_script.to_owned())));
        assert_eq!(parse(" \t "), Ok(None));
        assert_eq!(parse(&"é".repeat(100)).unwrap().unwrap().chars().count(), 100);
        assert_eq!(parse(&"é".repeat(101)).unwrap_err().code, "too_long");
        for text in ["a\0b", "a\nb", "a\u{1b}[31m", "a\u{85}b"] {
            assert_eq!(parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }
}
