//! The floor of a refused login: the least time after which a function responds to a wrong password.
//!
//! The hashes of users who came from another system take another time than Latchkey's own, and an unknown identifier
//! costs one of the latter. Without a floor above all of them, the time of a refusal tells who has an account. A login
//! with the right password does not wait.

use std::time::Duration;

use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::random;
use crate::time::Stopwatch;

/// The most that is added at random. Two waits for the same moment end some microseconds apart, and this hides it.
const RANDOM: Duration = Duration::from_millis(5);

/// The floor. Without one, no response waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Floor(Option<Duration>);

impl Floor {
    /// Reads `LOGIN_FLOOR_MILLISECONDS`, from 0 for none to 5,000.
    ///
    /// # Errors
    /// When the value is no such number.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let milliseconds = environment.number("LOGIN_FLOOR_MILLISECONDS", 0_u64, 0..=5_000)?;
        Ok(Self((milliseconds > 0).then(|| Duration::from_millis(milliseconds))))
    }

    /// Waits until the floor and a random time after it. Returns whether the response comes too late for it.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system has no random bytes.
    pub(super) async fn wait(self, clock: &Stopwatch) -> Result<bool, Error> {
        let Some(floor) = self.0 else { return Ok(false) };
        let Some(rest) = clock.until(floor) else { return Ok(true) };
        let random = u16::from_ne_bytes(random::bytes()?);
        tokio::time::sleep(rest + RANDOM * u32::from(random) / u32::from(u16::MAX)).await;
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_is_at_most_five_seconds() {
        let floor = |text: &str| {
            let variable = ("LOGIN_FLOOR_MILLISECONDS".to_owned(), text.to_owned());
            Floor::from_environment(&Environment::new([variable]))
        };
        assert_eq!(floor("0").unwrap().0, None);
        assert_eq!(floor("600").unwrap().0, Some(Duration::from_millis(600)));
        for wrong in ["5001", "-1", "1.5", "x"] {
            assert!(floor(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_response_waits_for_the_floor_and_a_late_one_does_not() {
        let clock = Stopwatch::start();
        assert!(!Floor::default().wait(&clock).await.unwrap());
        assert!(!Floor(Some(Duration::from_millis(20))).wait(&clock).await.unwrap());
        assert!(Floor(Some(Duration::ZERO)).wait(&clock).await.unwrap());
    }
}
