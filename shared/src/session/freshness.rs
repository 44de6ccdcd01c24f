//! Fresh sessions: those whose user has proved a short time ago who they are.

use crate::config::{ConfigError, Environment};
use crate::session::record::Session;
use crate::time::{Seconds, Timestamp};

/// For how long a session is fresh. What a thief of a session must not do wants a fresh one (ASVS 5.0, 7.5.1 and
/// 7.5.2).
#[derive(Debug, Clone, Copy)]
pub struct Freshness(Seconds);

impl Freshness {
    /// Reads `CONFIRMED_SECONDS` (default 600).
    ///
    /// # Errors
    /// When the value is not a whole number from 60 to 86,400.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        environment.number("CONFIRMED_SECONDS", 600, 60..=86_400).map(|seconds| Self(Seconds(seconds)))
    }

    /// Whether a session is fresh.
    #[must_use]
    pub fn is_fresh(self, session: &Session, now: Timestamp) -> bool {
        now - session.authenticated_at < self.0
    }
}
