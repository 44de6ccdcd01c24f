//! The rules of a site for new passwords.

use validator::ValidationError;

use crate::account::email::Email;
use crate::account::user::User;
use crate::account::username::Username;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::password::rules::Password;
use crate::password::site_words::SiteWords;

/// The rules of a site for new passwords.
#[derive(Debug, Clone)]
pub struct NewPasswords {
    /// The fewest code points.
    pub min_length: u64,
    words: SiteWords,
}

impl NewPasswords {
    /// Reads `PASSWORD_MIN_LENGTH` (default 8), and the words of the site.
    ///
    /// # Errors
    /// When the length is not a whole number from 8 to 64.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let min_length = environment.number("PASSWORD_MIN_LENGTH", 8, 8..=64)?;
        Ok(Self { min_length, words: SiteWords::from_environment(environment) })
    }

    /// Parses a new password for an account with this username and this email address.
    ///
    /// # Errors
    /// The first rule that it violates: `required`, `too_long`, `too_short` or `common`.
    pub fn parse(
        &self,
        text: &str,
        username: Option<&Username>,
        email: Option<&Email>,
    ) -> Result<Password, ValidationError> {
        let password = Password::parse_new(text, self.min_length)?;
        password.differs_from(&self.words, username, email)?;
        Ok(password)
    }

    /// Checks the new password of an existing user, which was parsed before the user was known.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] about the field `password`, with the code `common`.
    pub fn check(&self, password: &Password, user: &User) -> Result<(), Error> {
        // A name from before today's rules is no word that the password could repeat.
        let (username, email) = (Username::parse(&user.username).ok(), Email::parse(&user.email).ok());
        let differs = password.differs_from(&self.words, username.as_ref(), email.as_ref());
        differs.map_err(|error| Error::invalid_field("password", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_password_cannot_be_shorter_than_eight() {
        let min_length = |value| {
            let environment = Environment::from_pairs(&[("PASSWORD_MIN_LENGTH", value)]);
            NewPasswords::from_environment(&environment).map(|passwords| passwords.min_length)
        };
        assert!(min_length("7").unwrap_err().to_string().contains("8 to 64"));
        assert_eq!(min_length("15").unwrap(), 15);
    }
}
