//! Usernames: 4 to 31 ASCII characters, unique without regard to case, shown as typed.
//!
//! Only ASCII is allowed, because Unicode has letters that look alike and several foldings of case. No `@` is allowed,
//! so a username is never an email address.

use validator::{ValidateLength, ValidationError};

use crate::violation::violation;

/// Usernames that no user may choose, because their holder would seem to speak for the site.
const RESERVED: &str = "abuse admin administrator billing contact help hostmaster info latchkey login logout mail \
    moderator noreply no-reply null official operator postmaster profile root security signup staff superuser \
    support sysadmin system undefined webmaster";

/// A valid username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// The fewest characters.
    pub const MIN_LENGTH: u64 = 4;
    /// The most characters.
    pub const MAX_LENGTH: u64 = 31;

    /// Parses a username. White space around it is removed.
    ///
    /// # Errors
    /// The first rule that it violates: `required`, `too_short`, `too_long`, `invalid` or `reserved`.
    pub fn parse(text: &str) -> Result<Self, ValidationError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(violation("required", "Choose a username."));
        }
        if !text.validate_length(Some(Self::MIN_LENGTH), None, None) {
            let message = format!("Choose a username of at least {} characters.", Self::MIN_LENGTH);
            return Err(violation("too_short", message));
        }
        if !text.validate_length(None, Some(Self::MAX_LENGTH), None) {
            let message = format!("Choose a username of at most {} characters.", Self::MAX_LENGTH);
            return Err(violation("too_long", message));
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

    /// The username as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which usernames are compared: lower case.
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
    fn a_username_follows_the_rules() {
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
