//! The limiters of mails: of those that are asked for, and of those to one user.

use std::net::IpAddr;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::keys::cache::Keys;
use crate::limits::counter::{AskedMail, Counter};
use crate::limits::rate::RateLimit;
use crate::mail::Mail;
use crate::store::limiter::counters::{CounterKey, Limits};
use crate::store::limiter::rates::HeldSlot;
use crate::time::Timestamp;

/// Limits the mails to a user: those that a stranger can bring about, and those that tell of a login. Mails that tell
/// of a change are not limited, because a flood of others would hide a theft.
///
/// The keys of the counters name the user by the random id, and need no secret: the mailer has no signing keys.
#[derive(Debug, Clone)]
pub struct MailLimiter {
    limits: Limits,
    by_strangers: RateLimit,
    of_logins: RateLimit,
    of_logins_by_browser: RateLimit,
}

impl MailLimiter {
    /// The limiter with the table that `LIMITS_TABLE` names. It is off where `MAILS_PER_ADDRESS_PER_HOUR` is 0.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        let by_strangers = RateLimit::for_mails_to_user(environment)?;
        let or_off = |rates| if by_strangers.0.is_empty() { RateLimit::OFF } else { rates };
        Ok(Self {
            limits: Limits::without_keys(client, environment)?,
            of_logins: or_off(RateLimit::for_login_mails()),
            of_logins_by_browser: or_off(RateLimit::for_login_mails_by_browser()),
            by_strangers,
        })
    }

    /// Counts a mail that a stranger can bring about. `None` if there were too many.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn take(&self, user_id: &UserId, now: Timestamp) -> Result<Option<MailSlots>, Error> {
        let counter = (format!("mails#{}", user_id.as_str()), &self.by_strangers);
        self.take_all([counter], now).await
    }

    /// Counts a mail that tells a user of a login. `None` if there were too many of this browser in this network, or of
    /// all.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn take_of_login(
        &self,
        user_id: &UserId,
        mail: &Mail,
        now: Timestamp,
    ) -> Result<Option<MailSlots>, Error> {
        let user = format!("login-mails#{}", user_id.as_str());
        let browser = format!("{}#{}", mail.client, mail.network.as_deref().unwrap_or_default());
        let browser = BASE64URL_NOPAD.encode(&Sha256::digest(format!("{user}#{browser}")));
        let browser = format!("login-mails#{browser}");
        self.take_all([(browser, &self.of_logins_by_browser), (user, &self.of_logins)], now).await
    }

    async fn take_all<const N: usize>(
        &self,
        counters: [(String, &RateLimit); N],
        now: Timestamp,
    ) -> Result<Option<MailSlots>, Error> {
        let mut held = Vec::new();
        for (key, rates) in counters {
            match self.limits.rates_take(CounterKey(key), rates, now).await {
                Ok(slot) => held.push((slot, rates.clone())),
                Err(Error::TooManyAttempts { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(MailSlots(held)))
    }

    /// Takes a mail back that was not sent. If that fails, it stays counted.
    pub async fn release(&self, MailSlots(held): &MailSlots) {
        for (slot, rates) in held {
            self.limits.rates_give_back(slot, rates).await;
        }
    }
}

/// What a mail uses up.
#[derive(Debug)]
pub struct MailSlots(Vec<(HeldSlot, RateLimit)>);

/// Limits the mails that are asked for: by kind and identifier, whether or not an account has it, and by address.
#[derive(Debug, Clone)]
pub struct MailRequestLimiter {
    limits: Limits,
    by_identifier: RateLimit,
    by_address: RateLimit,
}

impl MailRequestLimiter {
    /// The limiter with the table that `LIMITS_TABLE` names, and the limits of `MAILS_PER_ADDRESS_PER_HOUR` and
    /// `FORGOT_PER_HOUR`.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(client: &Client, keys: &Arc<Keys>, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            limits: Limits::new(client, keys, environment)?,
            by_identifier: RateLimit::for_mails_to_identifier(environment)?,
            by_address: RateLimit::for_mails_from_address(environment)?,
        })
    }

    /// Counts a mail that is asked for, on the address and then on the identifier. An address that is refused uses up
    /// nothing of the identifier: otherwise it could keep others from getting mails that it never brings about.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn attempt(
        &self,
        kind: AskedMail,
        identifier: &Identifier,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let identifier = self.limits.key(&Counter::mails_to(identifier, kind))?;
        let address = self.limits.key(&Counter::mails_from(address))?;
        self.limits.refuse_recent(&address, now)?;
        self.limits.rates_take(address, &self.by_address, now).await?;
        self.limits.rates_take(identifier, &self.by_identifier, now).await.map(drop)
    }
}
