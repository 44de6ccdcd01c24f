//! Identifiers: the username or the email address with which a user logs in, in the form of a key.

use serde::{Deserialize, Serialize};
use validator::{ValidateLength, ValidationError};

use crate::account::email::Email;
use crate::invisible::{is_invisible, is_joiner, trim};
use crate::violation::violation;

/// The key of a credential: `username#` or `email#`, followed by the canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identifier(String);

impl Identifier {
    /// How the key of an email address begins.
    pub(crate) const EMAIL: &str = "email#";

    /// The most code points: those of an email address.
    pub const MAX_LENGTH: u64 = Email::MAX_LENGTH;

    /// Parses the identifier that was typed at login. A text with an `@` is an email address, any other is a username.
    ///
    /// A text that can be neither becomes an identifier that no account has. So a login with it looks like every other
    /// failed login.
    ///
    /// # Errors
    /// `required` if it is blank, `too_long` if no identifier is that long, `invalid` if it contains an invisible
    /// character, which its user cannot know.
    pub fn parse(text: &str) -> Result<Self, ValidationError> {
        let text = trim(text);
        if text.is_empty() {
            return Err(violation("required", "Enter your username or email address."));
        }
        if !text.validate_length(None, Some(Self::MAX_LENGTH), None) {
            return Err(violation("too_long", format!("Enter at most {} characters.", Self::MAX_LENGTH)));
        }
        if text.contains(|character| is_invisible(character) && !is_joiner(character)) {
            let message = "Remove the invisible character from the username or email address.";
            return Err(violation("invalid", message));
        }
        let lower = text.to_ascii_lowercase();
        if text.contains('@') {
            return Ok(
                Email::parse(text).map_or_else(|_| Self::email(&lower), |email| Self::email(email.as_str()))
            );
        }
        Ok(Self::username(&lower))
    }

    /// The identifier of an email address.
    #[must_use]
    pub fn of_email(email: &Email) -> Self {
        Self::email(email.as_str())
    }

    /// The identifier of a username in its canonical form.
    pub(super) fn username(canonical: &str) -> Self {
        Self(format!("username#{canonical}"))
    }

    /// The identifier of an email address in its canonical form.
    pub(super) fn email(canonical: &str) -> Self {
        Self(format!("{}{canonical}", Self::EMAIL))
    }

    /// The key, as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::user::{User, UserId};
    use crate::account::username::Username;
    use crate::time::Timestamp;

    #[test]
    fn every_spelling_of_an_account_is_one_identifier() {
        let (username, email) =
            (Username::parse("Ada.L").unwrap(), Email::parse("ada@bücher.example").unwrap());
        let now = Timestamp::from_seconds(0);
        let user = User::new(UserId::random().unwrap(), &username, &email, None, now);
        let [username, email] = user.identifiers();
        for text in ["ada.l", "ADA.L", " Ada.L "] {
            assert_eq!(Identifier::parse(text).unwrap(), username);
        }
        for text in
            ["ADA@BÜCHER.example", "ada@xn--bcher-kva.example\n", "\u{202a}ada@bücher.example\u{202c}"]
        {
            assert_eq!(Identifier::parse(text).unwrap(), email);
        }
    }

    #[test]
    fn a_text_that_no_account_can_have_is_an_identifier_too() {
        for (text, expected) in [
            ("root", "username#root"),
            ("X", "username#x"),
            ("@", "email#@"),
            ("A@@B", "email#a@@b"),
            ("Ä\0ß", "username#Ä\0ß"),
        ] {
            assert_eq!(Identifier::parse(text).unwrap().as_str(), expected);
        }
        for blank in [" ", "\u{200b}", "\u{feff}\u{3164}"] {
            assert_eq!(Identifier::parse(blank).unwrap_err().code, "required");
        }
        for text in ["ada\u{200b}l", "a\u{ad}da@example.com", "ada@exam\u{200b}ple.com"] {
            assert_eq!(Identifier::parse(text).unwrap_err().code, "invalid", "{text:?}");
        }
        assert_eq!(Identifier::parse(&"x".repeat(255)).unwrap_err().code, "too_long");
    }
}
