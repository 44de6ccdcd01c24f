//! How long sessions live, as the operator has set it.

use crate::config::{ConfigError, Environment};
use crate::time::Seconds;

/// How long sessions live: active < idle ≤ absolute, as the configuration has checked.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// A session is renewed by the first request after this.
    pub active: Seconds,
    /// A session is dead after this without a renewal.
    pub idle: Seconds,
    /// A session is dead after this.
    pub absolute: Seconds,
}

impl Lifetimes {
    /// How long a device is known after a login: as long as a session on it can live, and an idle period more for
    /// the next login.
    #[must_use]
    pub const fn device(self) -> Seconds {
        Seconds(self.absolute.0 + self.idle.0)
    }

    /// `SESSION_ACTIVE_SECONDS`, `SESSION_IDLE_SECONDS`, `SESSION_ABSOLUTE_SECONDS`.
    ///
    /// # Errors
    /// Unless active < idle ≤ absolute.
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
    fn lifetimes_are_in_order() {
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
