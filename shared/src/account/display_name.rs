//! Display names: what a user wants to be called. A name is optional and may be in any script.

use validator::{ValidateLength, ValidateNonControlCharacter, ValidationError};

use crate::violation::violation;

/// The most code points of a display name.
pub const MAX_LENGTH: u64 = 100;

/// Parses a display name. White space around it is removed, and a blank name becomes `None`.
///
/// # Errors
/// The first rule that it violates: `too_long`, or `invalid` for control characters.
pub fn parse(text: &str) -> Result<Option<String>, ValidationError> {
    let text = text.trim();
    if !text.validate_length(None, Some(MAX_LENGTH), None) {
        return Err(violation("too_long", format!("Enter a name of at most {MAX_LENGTH} characters.")));
    }
    if !text.validate_non_control_character() {
        return Err(violation("invalid", "Remove the control characters from the name."));
    }
    Ok(Some(text).filter(|text| !text.is_empty()).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

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
