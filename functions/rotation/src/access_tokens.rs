//! The rotation of the keys of access tokens.
//!
//! A new key signs a day after it was made. Verifiers keep the public keys for up to two hours, so each knows the key
//! before it verifies a token of it. A private key goes when the next one signs. A public key stays until no verifier
//! may need it any more. The first key of an empty set signs at once.

use std::collections::BTreeMap;

use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::keys::{PrivateKeys, PublicKey, PublicKeys, Rotated, Secret};
use latchkey::store::{self, PublicKeyTable};
use latchkey::time::{Seconds, Timestamp};

use crate::key_pair;

/// A new key signs this long after it was made. Of what verifies the tokens, HTTP APIs keep public keys longest: for
/// two hours.
const LEAD: Seconds = Seconds(86_400);
/// A public key stays for this long after its private key has gone: longer than any access token lives.
const NEEDED_FOR: Seconds = Seconds(25 * 3_600);
/// The most private keys. With the keys that stay for a while, there are at most ten public ones. An Application Load
/// Balancer reads no set with more.
const MOST: usize = 4;

/// Rotates the keys of access tokens.
#[derive(Debug)]
pub struct AccessTokenKeys {
    secret: Secret,
    public: PublicKeyTable,
}

impl AccessTokenKeys {
    /// The keys in the secret that `ACCESS_TOKEN_KEYS_SECRET` names, and in the table that `KEYS_TABLE` names.
    ///
    /// # Errors
    /// When a variable is unset.
    pub fn new(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self {
            secret: Secret::access_token_keys(environment, aws)?,
            public: PublicKeyTable::new(&store::client(aws), environment)?,
        })
    }
}

impl Rotated for AccessTokenKeys {
    fn secret(&self) -> &Secret {
        &self.secret
    }

    fn next(&self, current: &str, now: Timestamp) -> Result<String, Error> {
        next(current, now)
    }

    fn continues(&self, current: &str, next: &str, now: Timestamp) -> bool {
        continues(current, next, now)
    }

    async fn publish(&self, current: &str, next: &str, now: Timestamp) -> Result<(), Error> {
        let known = self.public.get().await?;
        let keys = published(known.clone(), &public(current)?, public(next)?, now);
        self.public.replace(&known, &keys).await
    }

    async fn is_published(&self, next: &str) -> Result<bool, Error> {
        let known = self.public.get().await?;
        Ok(public(next)?.iter().all(|(kid, key)| known.get(kid) == Some(key)))
    }
}

fn public(text: &str) -> Result<PublicKeys, Error> {
    Ok(PrivateKeys::of_secret(text)?.public())
}

/// The key pairs of a set, each with the time from which it signs, in seconds since 1970.
fn pairs(text: &str) -> Result<BTreeMap<i64, String>, Error> {
    PrivateKeys::of_secret(text)?;
    serde_json::from_str(text).map_err(|_| Error::internal("the keys cannot be read"))
}

/// The time of the key that signs at `now`.
fn signing(pairs: &BTreeMap<i64, String>, now: Timestamp) -> Option<i64> {
    pairs.range(..=now.as_seconds()).next_back().map(|(time, _)| *time)
}

/// The first keys of a stack, which sign at once.
///
/// # Errors
/// [`Error::Internal`] when the key pair cannot be made.
pub fn first(now: Timestamp) -> Result<String, Error> {
    next("{}", now)
}

/// The set with a new key, and without the keys that sign no longer.
fn next(current: &str, now: Timestamp) -> Result<String, Error> {
    let mut pairs = pairs(current)?;
    let signs_from = match signing(&pairs, now) {
        Some(time) => {
            pairs = pairs.split_off(&time);
            now + LEAD
        }
        None => now,
    };
    if pairs.len() == MOST {
        return Err(Error::internal("three new keys are waiting for their day: rotate again after it"));
    }
    pairs.insert(signs_from.as_seconds(), key_pair::generate()?);
    serde_json::to_string(&pairs).map_err(|_| Error::internal("the keys cannot be written"))
}

/// Whether one set continues another: it has the key that signs at `now`, and one key that the other lacks.
fn continues(current: &str, next: &str, now: Timestamp) -> bool {
    let (Ok(before), Ok(after)) = (pairs(current), pairs(next)) else { return false };
    let new = after.iter().filter(|(time, pair)| before.get(time) != Some(pair)).count();
    let has_signing = signing(&before, now).is_none_or(|time| after.get(&time) == before.get(&time));
    new <= 1 && has_signing && !after.is_empty()
}

/// The public keys from now on: those of the next set, and for a time those whose private keys have gone. After an
/// operator has emptied the secret, no former key stays.
fn published(known: PublicKeys, current: &PublicKeys, next: PublicKeys, now: Timestamp) -> PublicKeys {
    let mut keys = next;
    if current.is_empty() {
        return keys;
    }
    // One that has never signed belongs to a rotation that was given up.
    let known = known.into_iter().filter(|(_, key)| key.signs_from <= now);
    for (kid, key) in known.chain(current.clone()) {
        let gone_at = key.gone_at.unwrap_or(now);
        if gone_at + NEEDED_FOR > now {
            keys.entry(kid).or_insert(PublicKey { gone_at: Some(gone_at), ..key });
        }
    }
    keys
}
