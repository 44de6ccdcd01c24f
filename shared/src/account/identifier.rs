//! What a person types to say who they are: a username or an email, in the form that is a key.

use serde::{Deserialize, Serialize};
use validator::{ValidateLength, ValidationError};

use crate::account::email::Email;
use crate::violation::violation;

/// The key of a credential: `username#…` or `email#…`, then the canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identifier(String);

impl Identifier {
    /// The most code points: those of an email.
    pub const MAX_LENGTH: u64 = Email::MAX_LENGTH;

    /// Reads what was typed at log-in: with an `@` it is an email, without one a username.
    ///
    /// What can be neither is an identifier all the same, one that nobody has: a log-in with it must
    /// look like any other that fails.
    ///
    /// # Errors
    /// When it is empty or longer than any identifier can be.
    pub fn parse(text: &str) -> Result<Self, ValidationError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(violation("required", "Enter your username or email address."));
        }
        if !text.validate_length(None, Some(Self::MAX_LENGTH), None) {
            return Err(violation("too_long", "Enter at most 254 characters."));
        }
        let lower = text.to_ascii_lowercase();
        if text.contains('@') {
            return Ok(
                Email::parse(text).map_or_else(|_| Self::email(&lower), |email| Self::email(email.as_str()))
            );
        }
        Ok(Self::username(&lower))
    }

    /// That of a username in its canonical form.
    pub(super) fn username(canonical: &str) -> Self {
        Self(format!("username#{canonical}"))
    }

    /// That of an email in its canonical form.
    pub(super) fn email(canonical: &str) -> Self {
        Self(format!("email#{canonical}"))
    }

    /// As text.
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
        for text in ["ADA@BÜCHER.example", "ada@xn--bcher-kva.example\n"] {
            assert_eq!(Identifier::parse(text).unwrap(), email);
        }
    }

    #[test]
    fn what_cannot_exist_is_an_identifier_too() {
        for (text, expected) in [
            ("root", "username#root"),
            ("X", "username#x"),
            ("@", "email#@"),
            ("A@@B", "email#a@@b"),
            ("Ä\0ß", "username#Ä\0ß"),
        ] {
            assert_eq!(Identifier::parse(text).unwrap().as_str(), expected);
        }
        assert_eq!(Identifier::parse(" ").unwrap_err().code, "required");
        assert_eq!(Identifier::parse(&"x".repeat(255)).unwrap_err().code, "too_long");
    }
}
