//! Usernames: 4 to 31 ASCII characters, unique without regard to case, shown as typed.
//!
//! Only ASCII is allowed, because Unicode has letters that look alike and several foldings of case. No `@` is allowed,
//! so a username is never an email address.

use validator::{ValidateLength, ValidationError};

use crate::account::reserved::{self, ReservedUsernames};
use crate::invisible::{is_blank, trim};
use crate::violation::violation;

/// A valid username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// The fewest characters.
    pub const MIN_LENGTH: u64 = 4;
    /// The most characters.
    pub const MAX_LENGTH: u64 = 31;

    /// Parses a new username. Blanks around it are removed. A username that was chosen under other rules still logs in,
    /// because a login parses an [`Identifier`](crate::account::identifier::Identifier) instead.
    ///
    /// # Errors
    /// The first rule that it violates: `required`, `too_short`, `too_long`, `invalid` or `reserved`.
    pub fn parse(text: &str) -> Result<Self, ValidationError> {
        let username = Self::parse_also_reserved(text)?;
        reserved::check_always(&username.0)?;
        Ok(username)
    }

    /// The same where a reserved name is allowed, because its user has it on another site.
    ///
    /// # Errors
    /// As of [`Self::parse`], without `reserved`.
    pub fn parse_also_reserved(text: &str) -> Result<Self, ValidationError> {
        let text = trim(text);
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
        if text.contains(is_blank) {
            return Err(violation(
                "invalid",
                "Remove the spaces and the invisible characters from the username.",
            ));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !text.bytes().all(allowed) || !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            let message = "Choose a username of letters from a to z, digits, dots, hyphens and underscores, with a \
                           letter or digit first.";
            return Err(violation("invalid", message));
        }
        let separated = text.split(['.', '_', '-']);
        if separated.into_iter().any(str::is_empty) {
            let message =
                "Choose a username with only one dot, hyphen or underscore in a row, and none at the end.";
            return Err(violation("invalid", message));
        }
        Ok(Self(text.to_owned()))
    }

    /// Parses a username that a user chooses on a site with these reserved names.
    ///
    /// # Errors
    /// The first rule that it violates: one of [`Self::parse`], or `reserved`.
    pub fn parse_new(text: &str, reserved: &ReservedUsernames) -> Result<Self, ValidationError> {
        let username = Self::parse(text)?;
        reserved.check(&username.0)?;
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
            ("\u{feff}ada1\u{200b}", "ok"),
            ("ada.", "invalid"),
            ("ada_", "invalid"),
            ("ada..l", "invalid"),
            ("ada._l", "invalid"),
            ("Adm1n", "reserved"),
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
