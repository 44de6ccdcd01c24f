//! `latchkey keys`: the signing keys, and the private keys of access tokens. Nothing here reads a key.

use std::collections::BTreeSet;

use aws_sdk_secretsmanager::Client;
use latchkey::aws::failure;
use latchkey::keys::KeySet;
use latchkey::store::PublicKeyTable;
use latchkey::time::Timestamp;
use serde_json::json;

use crate::account::Account;
use crate::arguments::{Common, Keys, Rotate, Which};
use crate::output::Output;
use crate::question::confirm;
use crate::stop::{Code, Stop};
use crate::target::{Place, Target};

/// What every command about keys needs.
pub(crate) struct Ring<'a> {
    target: &'a Target,
    account: &'a Account,
    output: &'a Output,
    common: &'a Common,
    now: Timestamp,
}

impl<'a> Ring<'a> {
    pub(crate) fn new(
        target: &'a Target,
        output: &'a Output,
        common: &'a Common,
        now: Timestamp,
    ) -> Result<Self, Stop> {
        match &target.place {
            Place::Account(account) => Ok(Self { target, account, output, common, now }),
            Place::Local(_) => Err(Stop::new(
                Code::Refused,
                "the keys of `make dev` do not rotate; `make reset` forgets them",
            )),
        }
    }

    pub(crate) async fn run(&self, command: &Keys) -> Result<(), Stop> {
        match command {
            Keys::List => self.list().await,
            Keys::Rotate(rotate) => self.rotate(rotate).await,
            Keys::Replace(which) => self.replace(which).await,
        }
    }

    /// The names of the keys are the times from which they sign. The rotation function returns one pseudonym for each
    /// signing key, and the keys table has the public ones of access tokens.
    async fn list(&self) -> Result<(), Stop> {
        let pseudonyms = self.account.pseudonyms("user", "x").await?;
        let signing: BTreeSet<i64> = pseudonyms.keys().filter_map(|kid| kid.parse().ok()).collect();
        let table = PublicKeyTable::new(&self.target.client, &self.target.environment)?;
        let public = table.get().await?;
        let public: BTreeSet<i64> = public.values().map(|key| key.signs_from.as_seconds()).collect();
        let mut lines = Vec::new();
        for (name, times) in [("signing keys", &signing), ("keys of access tokens", &public)] {
            lines.push(self.output.strong(name));
            let current = times.range(..=self.now.as_seconds()).next_back();
            for time in times {
                let state = match time {
                    time if Some(time) == current => "signs",
                    time if *time > self.now.as_seconds() => "will sign",
                    _ => "has signed",
                };
                lines.push(format!("  from {}  {state}", Timestamp::from_seconds(*time).to_rfc3339()));
            }
        }
        let json = json!({ "signing_keys": signing, "access_token_keys": public });
        self.output.answer(&json, &lines.join("\n"));
        Ok(())
    }

    async fn rotate(&self, Rotate { which, restart }: &Rotate) -> Result<(), Stop> {
        let secret = self.secret(which);
        if *restart {
            self.end_rotation(secret).await?;
        }
        self.start_rotation(secret).await?;
        let (key, time) =
            if which.access_tokens { ("key of access tokens", "a day") } else { ("signing key", "an hour") };
        let sentence = format!("A new {key} signs {time} from now. No one notices it.");
        self.output.done(&json!({ "secret": secret }), &sentence);
        Ok(())
    }

    /// After a leak: no key of before stays.
    async fn replace(&self, which: &Which) -> Result<(), Stop> {
        let secret = self.secret(which);
        let (about, sentence) = if which.access_tokens {
            (
                "Every access token of now is refused once APIs have fetched the new key",
                "The next key signs within seconds. docs/operating.md says how long each API accepts the old one.",
            )
        } else {
            (
                "Every user is logged out, every device is unknown, and all delays end",
                "Within five minutes no function knows the old keys.",
            )
        };
        confirm(self.common, about, "replace").await?;
        self.end_rotation(secret).await?;
        if which.access_tokens {
            // The first key of an empty set signs at once.
            self.put(secret, "{}").await?;
            self.start_rotation(secret).await?;
        } else {
            self.put(secret, &KeySet::first(self.now)?).await?;
        }
        self.output.done(&json!({ "secret": secret }), sentence);
        Ok(())
    }

    async fn put(&self, secret: &str, text: &str) -> Result<(), Stop> {
        let put = self.secrets().put_secret_value().secret_id(secret).secret_string(text).send().await;
        put.map(drop).map_err(|error| Stop::from(failure(&error)))
    }

    fn secrets(&self) -> &Client {
        &self.account.secrets
    }

    fn secret(&self, which: &Which) -> &str {
        let variable = if which.access_tokens { "ACCESS_TOKEN_KEYS_SECRET" } else { "SIGNING_KEYS_SECRET" };
        self.target.environment.get(variable).unwrap_or_default()
    }

    async fn start_rotation(&self, secret: &str) -> Result<(), Stop> {
        let started = self.secrets().rotate_secret().secret_id(secret).send().await;
        started.map(drop).map_err(|error| Stop::from(failure(&error)))
    }

    /// Takes the label of a rotation that is under way from its version. With it, no other rotation starts.
    async fn end_rotation(&self, secret: &str) -> Result<(), Stop> {
        const PENDING: &str = "AWSPENDING";
        let listed = self.secrets().list_secret_version_ids().secret_id(secret).send().await;
        let listed = listed.map_err(|error| Stop::from(failure(&error)))?;
        let mut versions = listed.versions().iter();
        let pending = versions.find(|version| version.version_stages().iter().any(|stage| stage == PENDING));
        if let Some(version) = pending.and_then(|version| version.version_id()) {
            let stage = self.secrets().update_secret_version_stage().secret_id(secret);
            let removed = stage.version_stage(PENDING).remove_from_version_id(version).send().await;
            removed.map_err(|error| Stop::from(failure(&error)))?;
        }
        Ok(())
    }
}
