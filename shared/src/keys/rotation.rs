//! The rotation of the signing keys.
//!
//! A new key signs an hour after it was added. Every function reads the keys again after five minutes, so each accepts
//! the key before a token is signed with it. An old key stays until the last token that it signed has expired, and
//! until the last log entry with its pseudonyms is deleted. So no user is logged out, no device is forgotten, and an
//! operator can find every log entry of a user.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;

use crate::aws::Aws;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::keys::cache::{current, pseudonym};
use crate::keys::key_set::{KeySet, new_secret};
use crate::keys::secret::Secret;
use crate::keys::steps::Rotated;
use crate::session::lifetimes::Lifetimes;
use crate::time::{Seconds, Timestamp};

/// A new key signs this long after it was added.
const LEAD: Seconds = Seconds(3_600);

/// Rotates the signing keys of a stack.
#[derive(Debug)]
pub struct Rotation {
    secret: Secret,
    /// How long a key is needed after it has signed for the last time.
    needed_for: Seconds,
}

impl Rotation {
    /// The rotation of the secret that `SIGNING_KEYS_SECRET` names.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        // No token lives longer than that of a device.
        let token_lifetime = Lifetimes::from_environment(environment)?.device();
        let log_lifetime = Seconds(environment.number("LOG_RETENTION_DAYS", 30, 1..=731)? * 86_400);
        Ok(Self {
            secret: Secret::signing_keys(environment, aws)?,
            needed_for: token_lifetime.max(log_lifetime),
        })
    }

    /// The pseudonyms of a user, an identifier or an address in the log: one for each key, by the name of the key,
    /// which is the time from which it signs. An operator finds log entries with them, and never needs a key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn pseudonyms(&self, kind: &str, what: &str) -> Result<BTreeMap<String, String>, Error> {
        let keys = current(&self.secret).await?;
        let named =
            keys.all().map(|key| (key.kid().to_owned(), pseudonym(key, kind, what).unwrap_or_default()));
        Ok(named.collect())
    }

    /// The key of a counter in the limits table, by what it counts. An operator finds the counter with it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn counter(&self, counts: &str) -> Result<String, Error> {
        current(&self.secret).await?.counter(counts)
    }
}

impl Rotated for Rotation {
    fn secret(&self) -> &Secret {
        &self.secret
    }

    fn next(&self, current: &str, now: Timestamp) -> Result<String, Error> {
        let rotated = rotated(current, new_secret()?, self.needed_for, now);
        rotated.ok_or_else(|| Error::internal(&format!("the secret {}", KeySet::SHAPE)))
    }

    fn continues(&self, current: &str, next: &str, now: Timestamp) -> bool {
        continues(current, next, now)
    }
}

/// Whether one set continues another: it has the key that signs at `now`, at most one key that the other lacks, and the
/// same secret of the counters.
fn continues(current: &str, pending: &str, now: Timestamp) -> bool {
    let read = |text: &str| Some((KeySet::parse(text)?, members(text)?));
    let (Some((set, before)), Some((next, after))) = (read(current), read(pending)) else {
        return false;
    };
    let kid = set.signing(now).kid();
    let is_new = |kid: &String, secret| kid != KeySet::COUNTERS && before.get(kid) != Some(secret);
    let new = after.iter().filter(|(kid, secret)| is_new(kid, secret)).count();
    new <= 1 && after.get(kid) == before.get(kid) && next.counters == set.counters
}

fn members(text: &str) -> Option<BTreeMap<String, String>> {
    serde_json::from_str(text).ok()
}

/// The keys with a new one, and without those that have not signed for this long. The secret of the counters stays.
fn rotated(text: &str, new: String, needed_for: Seconds, now: Timestamp) -> Option<String> {
    let set = KeySet::parse(text)?;
    let mut members = members(text)?;
    members.insert(KeySet::COUNTERS.to_owned(), BASE64URL_NOPAD.encode(&set.counters));
    members.insert((now + LEAD).as_seconds().to_string(), new);
    let mut times: Vec<i64> = members.keys().filter_map(|kid| kid.parse().ok()).collect();
    times.sort_unstable();
    for (kid, signs_until) in times.iter().zip(times.iter().skip(1)) {
        if Timestamp::from_seconds(*signs_until) + needed_for <= now {
            members.remove(&kid.to_string());
        }
    }
    serde_json::to_string(&members).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 32 bytes.
    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn rotate(kids: &[i64], now: i64) -> Vec<i64> {
        let keys: BTreeMap<i64, &str> = kids.iter().map(|kid| (*kid, SECRET)).collect();
        let keys = serde_json::to_string(&keys).unwrap();
        let rotated =
            rotated(&keys, SECRET.to_owned(), Seconds(1_000), Timestamp::from_seconds(now)).unwrap();
        assert!(KeySet::parse(&rotated).is_some());
        let mut kids: Vec<i64> =
            members(&rotated).unwrap().keys().filter_map(|kid| kid.parse().ok()).collect();
        kids.sort_unstable();
        kids
    }

    #[test]
    fn a_new_key_signs_in_an_hour_and_an_old_one_is_dropped_when_its_last_token_has_expired() {
        assert_eq!(rotate(&[0], 10), [0, 3_610]);
        assert_eq!(rotate(&[0], 1_000_000), [0, 1_003_600], "the key that signs stays at any age");
        // The first key signed until 5,000, and its last token expires at 6,000.
        assert_eq!(rotate(&[0, 5_000], 5_999), [0, 5_000, 9_599]);
        assert_eq!(rotate(&[0, 5_000], 6_000), [5_000, 9_600]);
        assert_eq!(rotate(&[0, 5_000, 5_001], 6_000), [5_000, 5_001, 9_600]);
        assert_eq!(
            rotate(&[0, 5_000, 9_000], 6_000),
            [5_000, 9_000, 9_600],
            "a new key is added even if another one does not sign yet"
        );
        assert_eq!(rotate(&[0, 3_610], 10), [0, 3_610], "two rotations in the same second");
    }

    #[test]
    fn a_set_continues_another_with_one_new_key_and_the_one_that_signs() {
        let now = Timestamp::from_seconds(1_000);
        let other = "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        let set = |keys: &[(&str, &str)]| {
            serde_json::to_string(&keys.iter().copied().collect::<BTreeMap<_, _>>()).unwrap()
        };
        let current = set(&[("0", SECRET), ("900", SECRET)]);
        for (pending, is_good) in [
            (set(&[("0", SECRET), ("900", SECRET), ("4600", other)]), true),
            (set(&[("900", SECRET), ("4600", other)]), true),
            (current.clone(), true),
            (set(&[("0", SECRET), ("4600", other)]), false),
            (set(&[("0", SECRET), ("900", other)]), false),
            (set(&[("900", SECRET), ("4600", other), ("4601", other)]), false),
            (set(&[("0", other), ("900", SECRET), ("4600", other)]), false),
            (set(&[("0", SECRET), ("900", SECRET), ("4600", other), ("counters", SECRET)]), false),
            (rotated(&current, other.to_owned(), Seconds(1_000_000), now).unwrap(), true),
            ("{}".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(continues(&current, &pending, now), is_good, "{pending}");
        }
    }

    #[test]
    fn the_counters_keep_their_keys_when_the_key_they_came_from_is_dropped() {
        let other = "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        let counter = |text: &str| KeySet::parse(text).unwrap().counter("login#203.0.113.7").unwrap();
        let mut text = format!(r#"{{"0":"{SECRET}"}}"#);
        let first = counter(&text);
        for month in 1..=3 {
            let now = Timestamp::from_seconds(month * 2_592_000);
            text = rotated(&text, other.to_owned(), Seconds(1), now).unwrap();
            assert_eq!(counter(&text), first, "{month}");
        }
        assert!(!text.contains(r#""0":"#), "the first key has been dropped");
        assert_ne!(counter(&format!(r#"{{"0":"{other}"}}"#)), first);
    }

    #[test]
    fn a_text_without_keys_is_not_rotated() {
        for text in ["", "{}", r#"{"0":"short"}"#] {
            assert!(rotated(text, SECRET.to_owned(), Seconds(1), Timestamp::from_seconds(0)).is_none());
        }
    }
}
