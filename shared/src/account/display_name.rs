//! What a person wants to be called: optional, any script.

use validator::{ValidateLength, ValidateNonControlCharacter, ValidationError};

use crate::violation::violation;

/// The most code points of a name.
pub const MAX_LENGTH: u64 = 100;

/// Reads a name; space around it does not count, and a blank one is none.
///
/// # Errors
/// The first rule that it breaks.
pub fn parse(text: &str) -> Result<Option<String>, ValidationError> {
    let text = text.trim();
    if !text.validate_length(None, Some(MAX_LENGTH), None) {
        return Err(violation("too_long", "Enter a name of at most 100 characters."));
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
    fn a_name_may_be_anything_that_can_be_seen() {
        assert_eq!(parse("  Ada Lovelace "), Ok(Some("Ada Lovelace".to_owned())));
        assert_eq!(parse("محمد 李 👩‍💻 <script>"), Ok(Some("محمد 李 👩‍💻 <script>".to_owned())));
        assert_eq!(parse(" \t "), Ok(None));
        assert_eq!(parse(&"é".repeat(100)).unwrap().unwrap().chars().count(), 100);
        assert_eq!(parse(&"é".repeat(101)).unwrap_err().code, "too_long");
        for text in ["a\0b", "a\nb", "a\u{1b}[31m", "a\u{85}b"] {
            assert_eq!(parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
    }
}
