//! The public keys of access tokens, as an execution environment keeps them.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::cached::Cached;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::keys::public_keys::{PublicKey, PublicKeys};
use crate::store::public_keys::PublicKeyTable;
use crate::time::{Seconds, Timestamp};

/// How long the keys are fresh. A new key is published a day before it signs, unless the private keys have leaked.
const FRESH_FOR: Seconds = Seconds(300);
/// How long they stay while the table does not respond. No public key goes before that.
const KEPT_FOR: Seconds = Seconds(86_400);
/// The least time between two reads for keys that are unknown.
const PAUSE: Seconds = Seconds(10);

/// The public keys, which are read again when they are no longer fresh.
#[derive(Debug)]
pub struct PublishedKeys {
    table: PublicKeyTable,
    cached: Cached<PublicKeys>,
}

impl PublishedKeys {
    /// Those of the table that `KEYS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { table: PublicKeyTable::new(client, environment)?, cached: Cached::new(KEPT_FOR) })
    }

    /// All keys; never none.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also before the first rotation, or [`Error::Internal`].
    pub async fn all(&self, now: Timestamp) -> Result<Arc<PublicKeys>, Error> {
        self.cached.get(now, self.read()).await
    }

    /// The key of this name. If it is not among those that are kept, they are read again, at most every ten seconds.
    ///
    /// # Errors
    /// As [`PublishedKeys::all`]. A failed read is never reported as a key that does not exist.
    pub async fn find(&self, kid: &str, now: Timestamp) -> Result<Option<PublicKey>, Error> {
        if let Some(key) = self.all(now).await?.get(kid) {
            return Ok(Some(key.clone()));
        }
        Ok(self.cached.get_of(PAUSE, now, self.read()).await?.get(kid).cloned())
    }

    async fn read(&self) -> Result<(PublicKeys, Seconds), Error> {
        let keys = self.table.get().await?;
        if keys.is_empty() {
            let cause = Cause::new("there are no public keys before the first rotation");
            return Err(Error::Unavailable(cause));
        }
        Ok((keys, FRESH_FOR))
    }
}
