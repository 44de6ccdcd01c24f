//! Who may sign up: anyone, those who prove an email address first, or no one.

use crate::config::{ConfigError, Environment};

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignupMode {
    /// Anyone may.
    Open,
    /// Anyone who proves first that an email address is theirs. Sign-up then tells no one else who has an account.
    ByEmail,
    /// No one may. `/signup` is an unknown path then, and no page links to it.
    Closed,
}

impl SignupMode {
    /// Reads `SIGNUP_MODE`: `open`, which is the default, `by-email` or `closed`.
    ///
    /// # Errors
    /// When the value is another one.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        match environment.get("SIGNUP_MODE") {
            None | Some("open") => Ok(Self::Open),
            Some("by-email") if environment.get("MAILS_TABLE").is_none() => {
                Err(ConfigError::new("SIGNUP_MODE", "by-email needs mail: set MAILS_TABLE and MAIL_FROM"))
            }
            Some("by-email") => Ok(Self::ByEmail),
            Some("closed") => Ok(Self::Closed),
            Some(_) => Err(ConfigError::new("SIGNUP_MODE", "must be open, by-email or closed")),
        }
    }

    /// Whether there is a sign-up.
    #[must_use]
    pub fn has_signup(self) -> bool {
        self != Self::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_words_are_modes() {
        let mode = |value| SignupMode::from_environment(&Environment::from_pairs(&[("SIGNUP_MODE", value)]));
        let pairs = [("SIGNUP_MODE", "by-email"), ("MAILS_TABLE", "mails")];
        let by_email = SignupMode::from_environment(&Environment::from_pairs(&pairs));
        assert_eq!(by_email.unwrap(), SignupMode::ByEmail);
        assert!(mode("by-email").unwrap_err().to_string().contains("needs mail"));
        assert_eq!(mode("").unwrap(), SignupMode::Open, "an empty variable counts as unset");
        assert_eq!(mode("open").unwrap(), SignupMode::Open);
        assert_eq!(mode("closed").unwrap(), SignupMode::Closed);
        for value in ["Closed", "close", "by_email", "false"] {
            assert!(mode(value).unwrap_err().to_string().contains("open, by-email or closed"), "{value}");
        }
    }
}
