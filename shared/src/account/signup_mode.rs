//! Who may sign up: anyone, or no one.

use crate::config::{ConfigError, Environment};

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignupMode {
    /// Anyone may.
    Open,
    /// No one may. `/signup` is an unknown path then, and no page links to it.
    Closed,
}

impl SignupMode {
    /// Reads `SIGNUP_MODE`: `open`, which is the default, or `closed`.
    ///
    /// # Errors
    /// When the value is another one.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        match environment.get("SIGNUP_MODE") {
            None | Some("open") => Ok(Self::Open),
            Some("closed") => Ok(Self::Closed),
            Some(_) => Err(ConfigError::new("SIGNUP_MODE", "must be open or closed")),
        }
    }

    /// Whether anyone may sign up.
    #[must_use]
    pub fn is_open(self) -> bool {
        self == Self::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_words_are_modes() {
        let mode = |value| SignupMode::from_environment(&Environment::from_pairs(&[("SIGNUP_MODE", value)]));
        assert_eq!(mode("").unwrap(), SignupMode::Open, "an empty variable counts as unset");
        assert_eq!(mode("open").unwrap(), SignupMode::Open);
        assert_eq!(mode("closed").unwrap(), SignupMode::Closed);
        for value in ["Closed", "close", "by-email", "false"] {
            assert!(mode(value).unwrap_err().to_string().contains("open or closed"), "{value}");
        }
    }
}
