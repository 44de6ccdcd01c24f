//! The lifetimes of sessions and devices, as the operator has set them.

use crate::config::{ConfigError, Environment};
use crate::time::Seconds;

/// The lifetimes of sessions. [`Lifetimes::from_environment`] guarantees active < idle ≤ absolute.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// The active period. The first request for the profile after it renews the session.
    pub active: Seconds,
    /// The idle period. A session expires this long after it began or was last renewed.
    pub idle: Seconds,
    /// The absolute period. A session expires this long after it began.
    pub absolute: Seconds,
}

impl Lifetimes {
    /// How long a device is known after a login: the absolute period of the session, and one idle period for the next
    /// login.
    #[must_use]
    pub const fn device(self) -> Seconds {
        Seconds(self.absolute.0 + self.idle.0)
    }

    /// Reads `SESSION_ACTIVE_SECONDS` (default: a day), `SESSION_IDLE_SECONDS` (14 days) and
    /// `SESSION_ABSOLUTE_SECONDS` (30 days).
    ///
    /// # Errors
    /// When a value is not a whole number from 1 to 400 days, or not active < idle ≤ absolute.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        const MAX: i64 = 400 * 86_400;
        let seconds = |variable, default| environment.number(variable, default, 1..=MAX).map(Seconds);
        let active = seconds("SESSION_ACTIVE_SECONDS", 86_400)?;
        let idle = seconds("SESSION_IDLE_SECONDS", 14 * 86_400)?;
        let absolute = seconds("SESSION_ABSOLUTE_SECONDS", 30 * 86_400)?;
        if active >= idle {
            return Err(ConfigError::new("SESSION_ACTIVE_SECONDS", "must be less than SESSION_IDLE_SECONDS"));
        }
        if idle > absolute {
            return Err(ConfigError::new("SESSION_IDLE_SECONDS", "must be at most SESSION_ABSOLUTE_SECONDS"));
        }
        Ok(Self { active, idle, absolute })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetimes(variables: &[(&str, &str)]) -> Result<Lifetimes, ConfigError> {
        Lifetimes::from_environment(&Environment::from_pairs(variables))
    }

    #[test]
    fn the_active_period_is_shorter_than_the_idle_one_which_is_at_most_the_absolute_one() {
        assert!(lifetimes(&[]).is_ok());
        for (variable, value) in [
            ("SESSION_ACTIVE_SECONDS", "1209600"),
            ("SESSION_ACTIVE_SECONDS", "0"),
            ("SESSION_ACTIVE_SECONDS", "a day"),
            ("SESSION_ABSOLUTE_SECONDS", "1209599"),
            ("SESSION_IDLE_SECONDS", "-1"),
            ("SESSION_IDLE_SECONDS", "1.5"),
        ] {
            let message = lifetimes(&[(variable, value)]).unwrap_err().to_string();
            assert!(message.starts_with("configuration: SESSION_"), "{variable}={value}: {message}");
        }
        assert!(lifetimes(&[("SESSION_IDLE_SECONDS", "2592000")]).is_ok(), "idle may equal absolute");
    }
}
