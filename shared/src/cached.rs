//! A value of another service, which an execution environment keeps for a while.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::error::{Cause, Error};
use crate::time::{Seconds, Timestamp};

/// The least time between two reads after one that failed. A request in between gets the last value, or an error.
const PAUSE: Seconds = Seconds(10);
/// The same while there is no value at all.
const PAUSE_WITHOUT: Seconds = Seconds(1);
/// How long a request waits for a new value while it can do with the last one.
const PATIENCE: Duration = Duration::from_millis(800);

/// A value that was read, and is read again when it is no longer fresh.
#[derive(Debug)]
pub struct Cached<T> {
    /// How long the last value stays while reads fail.
    keep_for: Seconds,
    held: RwLock<Held<T>>,
}

#[derive(Debug)]
struct Held<T> {
    last: Option<Value<T>>,
    failed_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Value<T> {
    found: Arc<T>,
    read_at: Timestamp,
    fresh_until: Timestamp,
}

impl<T> Clone for Value<T> {
    fn clone(&self) -> Self {
        Self { found: Arc::clone(&self.found), ..*self }
    }
}

impl<T> Cached<T> {
    /// No value yet. The last one will stay for `keep_for` while reads fail.
    #[must_use]
    pub fn new(keep_for: Seconds) -> Self {
        Self { keep_for, held: RwLock::new(Held { last: None, failed_at: None }) }
    }

    /// The value at `now`. `read` reads it, with the time for which it is fresh.
    ///
    /// # Errors
    /// That of `read`, or [`Error::Unavailable`] a moment after one that failed, when there is no last value.
    pub async fn get(
        &self,
        now: Timestamp,
        read: impl Future<Output = Result<(T, Seconds), Error>>,
    ) -> Result<Arc<T>, Error> {
        self.get_of(Seconds(i64::MAX / 4), now, read).await
    }

    /// The same, but never a value that is older than `age`: also a fresh one is then read again.
    ///
    /// # Errors
    /// As [`Cached::get`], but an older last value does not help.
    pub async fn get_of(
        &self,
        age: Seconds,
        now: Timestamp,
        read: impl Future<Output = Result<(T, Seconds), Error>>,
    ) -> Result<Arc<T>, Error> {
        let (last, failed_at) = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            (held.last.clone(), held.failed_at)
        };
        let is_fresh = |last: &&Value<T>| now < last.fresh_until && now - last.read_at <= age;
        if let Some(last) = last.as_ref().filter(is_fresh) {
            return Ok(Arc::clone(&last.found));
        }
        let last = last.filter(|last| now < last.read_at + self.keep_for);
        let pause = if last.is_some() { PAUSE } else { PAUSE_WITHOUT };
        let found = if failed_at.is_some_and(|failed_at| now < failed_at + pause) {
            Err(Error::Unavailable(Cause::new("a read has failed a moment ago")))
        } else {
            self.read(now, read, last.is_some()).await
        };
        match (found, last) {
            (Err(_), Some(last)) if now - last.read_at <= age => Ok(last.found),
            (found, _) => found,
        }
    }

    async fn read(
        &self,
        now: Timestamp,
        read: impl Future<Output = Result<(T, Seconds), Error>>,
        is_impatient: bool,
    ) -> Result<Arc<T>, Error> {
        let found = if is_impatient {
            let late = || Err(Error::Unavailable(Cause::new("no response in time")));
            tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| late())
        } else {
            read.await
        };
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        match found {
            Ok((value, fresh_for)) => {
                let value = Arc::new(value);
                let kept = Value { found: Arc::clone(&value), read_at: now, fresh_until: now + fresh_for };
                *held = Held { last: Some(kept), failed_at: None };
                Ok(value)
            }
            Err(error) => {
                tracing::error!("a value that is kept for a while cannot be read: {error}");
                held.failed_at = Some(now);
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Error {
        Error::Unavailable(Cause::new("no response"))
    }

    #[tokio::test]
    async fn a_value_is_read_again_when_it_is_no_longer_fresh_and_the_last_one_stays_for_a_time() {
        let cached = Cached::new(Seconds(1_000));
        let at = Timestamp::from_seconds;
        let good = |value: u32| async move { Ok((value, Seconds(300))) };
        let bad = || async { Err::<(u32, Seconds), _>(failure()) };
        assert!(cached.get(at(0), bad()).await.is_err());
        assert!(cached.get(at(0), good(1)).await.is_err(), "no second read within a second");
        assert_eq!(*cached.get(at(1), good(2)).await.unwrap(), 2);
        assert_eq!(*cached.get(at(300), good(3)).await.unwrap(), 2);
        assert_eq!(*cached.get(at(301), bad()).await.unwrap(), 2);
        assert_eq!(*cached.get(at(310), good(4)).await.unwrap(), 2, "no second read within ten seconds");
        assert_eq!(*cached.get(at(311), good(5)).await.unwrap(), 5);
        assert_eq!(*cached.get_of(Seconds(10), at(321), bad()).await.unwrap(), 5);
        assert!(cached.get_of(Seconds(10), at(322), bad()).await.is_err(), "it is older than ten seconds");
        assert_eq!(*cached.get(at(1_310), bad()).await.unwrap(), 5);
        assert!(cached.get(at(1_311), bad()).await.is_err(), "it is too old");
    }
}
