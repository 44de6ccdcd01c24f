//! The signing keys of an execution environment: read from the secret, or given in a variable.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::aws::Aws;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::keys::key::{Key, Purpose};
use crate::keys::key_set::KeySet;
use crate::keys::secret::Secret;
use crate::time::{Seconds, Timestamp};

const KEYS: &str = "SIGNING_KEYS";

/// Keys that are older than this are read again. A new key signs an hour after it was added, so it is known by then.
const MAX_AGE: Seconds = Seconds(300);
/// The least time between two reads for a token of an unknown key. So an attacker who makes up names of keys cannot
/// flood Secrets Manager.
const PAUSE: Seconds = Seconds(10);
/// The same, if the key would sign since a moment ago. An operator may have replaced the keys, and a logout with a
/// token of the new key must not find it unknown.
const PAUSE_IF_NEWER: Seconds = Seconds(1);
/// The least time after a failed read, if all keys of the request are known and the set is only too old.
const PAUSE_IF_KNOWN: Seconds = Seconds(60);
/// How long a request waits for keys that it can do without.
const PATIENCE: Duration = Duration::from_millis(800);

/// The signing keys that this execution environment knows.
#[derive(Debug)]
pub struct Keys {
    secret: Option<Secret>,
    held: RwLock<Held>,
}

#[derive(Debug, Clone, Default)]
struct Held {
    keys: Option<Arc<KeySet>>,
    read_at: Option<Timestamp>,
    /// The times of the first and the last failed read since a read succeeded.
    failed: Option<(Timestamp, Timestamp)>,
}

impl Keys {
    /// Keys that never change.
    #[must_use]
    pub fn fixed(keys: KeySet) -> Self {
        let held = Held { keys: Some(Arc::new(keys)), ..Held::default() };
        Self { secret: None, held: RwLock::new(held) }
    }

    /// No keys, for a function that reads no cookie. Its log has no pseudonyms.
    #[must_use]
    pub fn none() -> Self {
        Self { secret: None, held: RwLock::default() }
    }

    /// The keys that `SIGNING_KEYS` holds. If it is unset, [`Keys::load`] reads them from the secret that
    /// `SIGNING_KEYS_SECRET` names.
    ///
    /// # Errors
    /// When both variables are unset, or `SIGNING_KEYS` is not a set of keys. The message never contains a key.
    pub fn new(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        if let Some(keys) = environment.get(KEYS) {
            return KeySet::parse(keys).map(Self::fixed).ok_or(ConfigError::new(KEYS, KeySet::SHAPE));
        }
        Ok(Self { secret: Some(Secret::signing_keys(environment, aws)?), held: RwLock::default() })
    }

    /// Reads the keys for the first time. Keys that never change are not read.
    ///
    /// # Errors
    /// When the secret cannot be read, or does not hold a set of keys.
    pub async fn load(&self, now: Timestamp) -> Result<(), ConfigError> {
        let Some(secret) = &self.secret else { return Ok(()) };
        self.read(secret, now).await.map_err(|error| {
            ConfigError::new(
                Secret::SIGNING_KEYS,
                format!("names a secret whose keys cannot be read: {error}"),
            )
        })
    }

    /// Reads the keys again if they are too old at `now`, or if `kids` names an unknown key. `kids` are the names of
    /// the keys that signed the request's tokens. If the secret cannot be read, the last good keys stay.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when a token may be signed with a newer key that cannot be read.
    pub async fn refresh(&self, kids: &[String], now: Timestamp) -> Result<(), Error> {
        let Some(secret) = &self.secret else { return Ok(()) };
        let held = self.held();
        let age = held.read_at.map_or(MAX_AGE, |read_at| now - read_at);
        let is_known = |kid| held.keys.as_ref().is_some_and(|keys| keys.find(kid).is_some());
        let is_needed = kids.iter().filter(|kid| !is_known(kid)).any(|kid| {
            let may_be_new = held.keys.as_ref().is_none_or(|keys| keys.may_be_followed_by(kid, MAX_AGE, now));
            age >= if may_be_new { PAUSE_IF_NEWER } else { PAUSE }
        });
        if !is_needed && age < MAX_AGE {
            return Ok(());
        }
        let pause = if is_needed { PAUSE } else { PAUSE_IF_KNOWN };
        if held.failed.is_some_and(|(_, last)| now - last < pause) {
            return if is_needed { Err(unknown()) } else { Ok(()) };
        }
        let read = self.read(secret, now);
        let read = if is_needed {
            read.await
        } else {
            tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| {
                self.failed(now);
                Err(Error::Unavailable(Cause::new("no response in time")))
            })
        };
        if let Err(error) = &read {
            tracing::error!("the signing keys cannot be read: {error}");
        }
        if is_needed { read.map_err(|_| unknown()) } else { Ok(()) }
    }

    /// The time since the first failed read. 0 if the last read succeeded.
    pub(crate) fn overdue(&self, now: Timestamp) -> Seconds {
        self.held().failed.map_or(Seconds(0), |(first, _)| now - first)
    }

    /// The last keys that were read.
    ///
    /// # Errors
    /// [`Error::Internal`] before [`Keys::load`] has read them.
    pub fn current(&self) -> Result<Arc<KeySet>, Error> {
        self.held().keys.ok_or_else(|| Error::internal("the signing keys have not been loaded"))
    }

    /// The pseudonym of a user, an identifier or an address in the log, under the key that signs at `now`.
    pub(crate) fn pseudonym(&self, kind: &str, what: &str, now: Timestamp) -> Option<String> {
        pseudonym(self.current().ok()?.signing(now), kind, what)
    }

    fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn read(&self, secret: &Secret, now: Timestamp) -> Result<(), Error> {
        match current(secret).await {
            Ok(keys) => {
                let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
                *held = Held { keys: Some(Arc::new(keys)), read_at: Some(now), failed: None };
                Ok(())
            }
            Err(error) => {
                self.failed(now);
                Err(error)
            }
        }
    }

    fn failed(&self, now: Timestamp) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let first = held.failed.map_or(now, |(first, _)| first);
        held.failed = Some((first, now));
    }
}

/// The first 96 bits of an HMAC-SHA-256 under the log's subkey, as 16 characters of base64url.
pub(super) fn pseudonym(key: &Key, kind: &str, what: &str) -> Option<String> {
    let mut hash = key.subkey(Purpose::Log).hmac("log", &format!("{kind}#{what}")).ok()?;
    hash.truncate(16);
    Some(hash)
}

/// The keys that the secret holds now.
pub(super) async fn current(secret: &Secret) -> Result<KeySet, Error> {
    let version = secret.current().await?;
    KeySet::parse(&version.text).ok_or_else(|| Error::internal(&format!("the secret {}", KeySet::SHAPE)))
}

fn unknown() -> Error {
    Error::Unavailable(Cause::new(
        "a token may be signed with a newer key, and the signing keys cannot be read",
    ))
}
