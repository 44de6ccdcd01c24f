//! Usernames: 4 to 31 ASCII characters, unique without regard to case, shown as typed.
//!
//! ASCII alone leaves no room for the look-alikes and foldings of Unicode, and no `@` means that a
//! username can never be mistaken for an email.

use validator::{ValidateLength, ValidationError};

use crate::violation::violation;

/// Names that nobody may take, because people would believe what their holder says.
const RESERVED: &str = "abuse admin administrator billing contact help hostmaster info latchkey login logout mail moderator \
    noreply no-reply null official operator postmaster profile root security signup staff superuser \
    support sysadmin system undefined webmaster";

/// A valid username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// The fewest characters.
    pub const MIN_LENGTH: u64 = 4;
    /// The most characters.
    pub const MAX_LENGTH: u64 = 31;

    /// Reads a username; space around it does not count.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, ValidationError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(violation("required", "Choose a username."));
        }
        if !text.validate_length(Some(Self::MIN_LENGTH), None, None) {
            return Err(violation("too_short", "Choose a username of at least 4 characters."));
        }
        if !text.validate_length(None, Some(Self::MAX_LENGTH), None) {
            return Err(violation("too_long", "Choose a username of at most 31 characters."));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !text.bytes().all(allowed) || !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            let message =
                "Use letters from a to z, digits, '.', '_' and '-', beginning with a letter or a digit.";
            return Err(violation("invalid", message));
        }
        let username = Self(text.to_owned());
        if RESERVED.split(' ').any(|reserved| reserved == username.canonical()) {
            return Err(violation("reserved", "This name is reserved. Choose another."));
        }
        Ok(username)
    }

    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which usernames are compared.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Username::parse(text).map_or_else(|error| error.code.into_owned(), |_| "ok".to_owned())
    }

    #[test]
    fn a_username_keeps_its_rules() {
        for (text, expected) in [
            ("Ada.Lovelace-1_x", "ok"),
            ("  ada1  ", "ok"),
            ("1234", "ok"),
            ("a234567890123456789012345678901", "ok"),
            ("", "required"),
            (" \t ", "required"),
            ("ada", "too_short"),
            ("a2345678901234567890123456789012", "too_long"),
            ("_ada", "invalid"),
            (".ada", "invalid"),
            ("-ada", "invalid"),
            ("ada@home", "invalid"),
            ("ada lovelace", "invalid"),
            ("ada\0lovelace", "invalid"),
            ("\u{212a}elvin", "invalid"),
            ("ad\u{0430}m", "invalid"),
            ("ａｄｍｉｎ", "invalid"),
            ("ada\u{200b}b", "invalid"),
            ("ROOT", "reserved"),
            ("Administrator", "reserved"),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_username_is_shown_as_typed_and_compared_without_case() {
        let username = Username::parse(" AdaL ").unwrap();
        assert_eq!(username.as_str(), "AdaL");
        assert_eq!(username.canonical(), "adal");
    }
}
