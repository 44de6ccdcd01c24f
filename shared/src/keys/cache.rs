//! The signing keys as an environment of a function holds them: read from the secret, or given in a variable.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::aws::Aws;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::keys::key_set::KeySet;
use crate::keys::secret::Secret;
use crate::time::{Seconds, Timestamp};

const KEYS: &str = "SIGNING_KEYS";

/// The keys are read again when they are older than this. A new key is kept for an hour before it signs.
const MAX_AGE: Seconds = Seconds(300);
/// A token of a key that we do not know lets them be read again, and a read that failed be tried again, but not
/// sooner: whoever makes names of keys up neither floods the service nor stands in the way of the others.
const PAUSE: Seconds = Seconds(10);
/// The same where every key is known, and the keys are only older than they should be.
const PAUSE_IF_KNOWN: Seconds = Seconds(60);
/// So long a request waits for keys that it can do without.
const PATIENCE: Duration = Duration::from_millis(800);

/// The signing keys as this environment knows them.
#[derive(Debug)]
pub struct Keys {
    secret: Option<Secret>,
    held: RwLock<Held>,
}

#[derive(Debug, Clone, Default)]
struct Held {
    keys: Option<Arc<KeySet>>,
    read_at: Option<Timestamp>,
    /// When the first and the last read failed since one succeeded.
    failed: Option<(Timestamp, Timestamp)>,
}

impl Keys {
    /// Keys that never change.
    #[must_use]
    pub fn fixed(keys: KeySet) -> Self {
        let held = Held { keys: Some(Arc::new(keys)), ..Held::default() };
        Self { secret: None, held: RwLock::new(held) }
    }

    /// Those that `SIGNING_KEYS` holds, or the secret that `SIGNING_KEYS_SECRET` names, which [`Keys::load`] reads.
    ///
    /// # Errors
    /// When both are missing, or there is no key in the first, or one that is short. The message never holds a key.
    pub fn new(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        if let Some(keys) = environment.get(KEYS) {
            return KeySet::parse(keys).map(Self::fixed).ok_or(ConfigError::new(KEYS, KeySet::SHAPE));
        }
        Ok(Self { secret: Some(Secret::new(environment, aws)?), held: RwLock::default() })
    }

    /// Reads the keys for the first time.
    ///
    /// # Errors
    /// When the secret cannot be read, or there is no key in it, or one that is short.
    pub async fn load(&self, now: Timestamp) -> Result<(), ConfigError> {
        let Some(secret) = &self.secret else { return Ok(()) };
        self.read(secret, now).await.map_err(|error| {
            ConfigError::new(Secret::VARIABLE, format!("names a secret whose keys cannot be read: {error}"))
        })
    }

    /// Sees to it that the keys are as new as they have to be for a request at this time, whose tokens were
    /// signed with keys of these names. While the secret cannot be read the last good ones stay.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there may be a newer key that one of the tokens was signed with.
    pub async fn refresh(&self, kids: &[String], now: Timestamp) -> Result<(), Error> {
        let Some(secret) = &self.secret else { return Ok(()) };
        let held = self.held();
        let age = held.read_at.map_or(MAX_AGE, |read_at| now - read_at);
        let is_known = |kid| held.keys.as_ref().is_some_and(|keys| keys.find(kid).is_some());
        let needs = age >= PAUSE && !kids.iter().all(|kid| is_known(kid));
        if !needs && age < MAX_AGE {
            return Ok(());
        }
        let pause = if needs { PAUSE } else { PAUSE_IF_KNOWN };
        if held.failed.is_some_and(|(_, last)| now - last < pause) {
            return if needs { Err(unknown()) } else { Ok(()) };
        }
        let read = self.read(secret, now);
        let read = if needs {
            read.await
        } else {
            // Nobody has to wait long for what the request can do without.
            tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| {
                self.failed(now);
                Err(Error::Unavailable(Cause::new("no answer in time")))
            })
        };
        if let Err(error) = &read {
            tracing::error!("the signing keys cannot be read: {error}");
        }
        if needs { read.map_err(|_| unknown()) } else { Ok(()) }
    }

    /// For how long the keys could not be read.
    pub(crate) fn overdue(&self, now: Timestamp) -> Seconds {
        self.held().failed.map_or(Seconds(0), |(first, _)| now - first)
    }

    /// The keys.
    ///
    /// # Errors
    /// [`Error::Internal`] before they are loaded.
    pub fn current(&self) -> Result<Arc<KeySet>, Error> {
        self.held().keys.ok_or_else(|| Error::internal("the signing keys were not loaded"))
    }

    /// Stands for a user, an identifier or an address in the log: the first 96 bits of an HMAC-SHA-256 under the key
    /// that signs now.
    pub(crate) fn pseudonym(&self, kind: &str, what: &str, now: Timestamp) -> Option<String> {
        let mut hash = self.current().ok()?.signing(now).hmac(&format!("log#{kind}#{what}")).ok()?;
        hash.truncate(16);
        Some(hash)
    }

    fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn read(&self, secret: &Secret, now: Timestamp) -> Result<(), Error> {
        match keys(secret).await {
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

async fn keys(secret: &Secret) -> Result<KeySet, Error> {
    let version = secret.current().await?;
    KeySet::parse(&version.text).ok_or_else(|| Error::internal(&format!("the secret {}", KeySet::SHAPE)))
}

fn unknown() -> Error {
    Error::Unavailable(Cause::new("a token may be of a newer signing key than can be read now"))
}
