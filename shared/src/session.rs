//! Sessions: a random secret in the person's cookie, and a row that decides.
//!
//! The row's key holds only the SHA-256 of the secret, and the cookie is a signed token
//! ([`crate::token`]): neither a copy of the tables nor the signing key alone lets anyone in.
//!
//! A session has three ends, by our clock: after the **active** period a request renews it, after the
//! **idle** period without a renewal it is dead, and after the **absolute** period it is dead whatever happens.

use std::fmt;
use std::net::IpAddr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::random;
use crate::time::{Seconds, Timestamp};
use crate::user::{Status, User, UserId};

/// The `sid` of a session: 256 random bits that only its holder has. It is never printed or stored.
pub struct SessionSecret([u8; 32]);

impl fmt::Debug for SessionSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionSecret(…)")
    }
}

impl SessionSecret {
    /// A new one.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system has no random numbers.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(random::bytes()?))
    }

    /// Reads the text of a token; none when it cannot be one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// For the token: 43 characters of base64url.
    #[must_use]
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// For the key of the row.
    #[must_use]
    pub fn hashed(&self) -> SessionId {
        SessionId(BASE64URL_NOPAD.encode(&Sha256::digest(self.0)))
    }
}

/// The sort key of a session's row: the SHA-256 of its secret, as 43 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long sessions live: active < idle ≤ absolute, as the configuration has checked.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// A session is renewed by the first request after this.
    pub active: Seconds,
    /// A session is dead after this without a renewal.
    pub idle: Seconds,
    /// A session is dead after this.
    pub absolute: Seconds,
}

impl Lifetimes {
    /// `SESSION_ACTIVE_SECONDS`, `SESSION_IDLE_SECONDS`, `SESSION_ABSOLUTE_SECONDS`.
    ///
    /// # Errors
    /// Unless active < idle ≤ absolute.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        const MAX: i64 = 400 * 86_400;
        let seconds = |variable, default| environment.number(variable, default, 1..=MAX).map(Seconds);
        let active = seconds("SESSION_ACTIVE_SECONDS", 86_400)?;
        let idle = seconds("SESSION_IDLE_SECONDS", 14 * 86_400)?;
        let absolute = seconds("SESSION_ABSOLUTE_SECONDS", 30 * 86_400)?;
        if active >= idle {
            return Err(ConfigError::new("SESSION_ACTIVE_SECONDS", "must be less than SESSION_IDLE_SECONDS"));
        }
        if idle > absolute {
            return Err(ConfigError::new("SESSION_IDLE_SECONDS", "must be at most SESSION_ABSOLUTE_SECONDS"));
        }
        Ok(Self { active, idle, absolute })
    }
}

/// Where a session was begun, for the person who looks through their sessions.
#[derive(Debug, Clone)]
pub struct Client {
    /// What the client says of itself, up to [`Client::USER_AGENT_BYTES`].
    pub user_agent: Option<String>,
    /// The client's network: the first 24 bits of an IPv4, the first 48 of an IPv6 address.
    pub network: Option<String>,
}

impl Client {
    /// The most bytes that are kept of a user agent.
    pub const USER_AGENT_BYTES: usize = 256;

    /// What is kept of a client's user agent and address.
    #[must_use]
    pub fn new(user_agent: Option<&str>, address: Option<IpAddr>) -> Self {
        let user_agent = user_agent.filter(|text| !text.is_empty()).map(|text| {
            let end = text.floor_char_boundary(Self::USER_AGENT_BYTES);
            text.get(..end).unwrap_or_default().to_owned()
        });
        Self { user_agent, network: address.map(network) }
    }
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

/// A row of the sessions table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The partition key.
    pub user_id: UserId,
    /// The sort key.
    pub session_id: SessionId,
    /// When the session was begun.
    pub created_at: Timestamp,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
    /// How they proved it: `password`.
    pub authenticated_with: String,
    /// From here on a request renews the session.
    pub active_until: Timestamp,
    /// From here on the session is dead, unless it was renewed.
    pub idle_until: Timestamp,
    /// From here on the session is dead.
    pub absolute_until: Timestamp,
    /// The user's epoch as it was when the password was verified.
    pub epoch: u64,
    /// What the client said of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The client's network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The earlier of the idle and the absolute end; DynamoDB's time to live deletes the row some time after it.
    pub expires_at: Timestamp,
}

impl Session {
    /// A session that begins now, with a password verified in this epoch of the user.
    #[must_use]
    pub fn begin(
        user_id: UserId,
        epoch: u64,
        secret: &SessionSecret,
        client: Client,
        (lifetimes, now): (Lifetimes, Timestamp),
    ) -> Self {
        let absolute_until = now + lifetimes.absolute;
        Self {
            user_id,
            session_id: secret.hashed(),
            created_at: now,
            authenticated_at: now,
            authenticated_with: "password".to_owned(),
            active_until: now + lifetimes.active,
            idle_until: now + lifetimes.idle,
            absolute_until,
            epoch,
            user_agent: client.user_agent,
            network: client.network,
            expires_at: absolute_until.min(now + lifetimes.idle),
        }
    }

    /// Whether the session is dead by our clock, whatever DynamoDB has or has not deleted.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.idle_until || now >= self.absolute_until
    }

    /// Whether the session lets its holder act as this user: the one decision for every route.
    #[must_use]
    pub fn is_live(&self, user: &User, now: Timestamp) -> bool {
        !self.is_expired(now)
            && self.user_id == user.user_id
            && user.status == Status::Active
            && self.epoch == user.epoch
    }

    /// The session as a renewal now would make it; none while it is active.
    #[must_use]
    pub fn renewed(&self, lifetimes: Lifetimes, now: Timestamp) -> Option<Self> {
        if now < self.active_until {
            return None;
        }
        let idle_until = now + lifetimes.idle;
        Some(Self {
            active_until: now + lifetimes.active,
            idle_until,
            expires_at: self.absolute_until.min(idle_until),
            ..self.clone()
        })
    }

    /// The session as answers show it.
    #[must_use]
    pub fn view(&self) -> SessionView {
        SessionView { created_at: self.created_at, expires_at: self.expires_at }
    }
}

/// A session as answers show it.
#[derive(Debug, Serialize)]
pub struct SessionView {
    #[serde(serialize_with = "Timestamp::rfc3339")]
    created_at: Timestamp,
    #[serde(serialize_with = "Timestamp::rfc3339")]
    expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::Email;
    use crate::username::Username;

    const LIFETIMES: Lifetimes =
        Lifetimes { active: Seconds(10), idle: Seconds(100), absolute: Seconds(250) };
    const START: i64 = 1_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(START + seconds)
    }

    fn user() -> User {
        let (username, email) = (Username::parse("ada1").unwrap(), Email::parse("a@b.cd").unwrap());
        User::new(UserId::random().unwrap(), &username, &email, None, at(0))
    }

    fn session(user: &User) -> Session {
        let secret = SessionSecret::random().unwrap();
        Session::begin(user.user_id.clone(), user.epoch, &secret, Client::new(None, None), (LIFETIMES, at(0)))
    }

    #[test]
    fn a_session_dies_at_its_idle_end_and_not_before() {
        let user = user();
        let session = session(&user);
        assert!(session.is_live(&user, at(99)));
        assert!(!session.is_live(&user, at(100)));
        assert!(!session.is_live(&user, at(101)));
    }

    #[test]
    fn a_renewal_begins_with_the_end_of_the_active_period_and_never_passes_the_absolute_end() {
        let user = user();
        let session = session(&user);
        assert_eq!(session.renewed(LIFETIMES, at(9)), None);
        let renewed = session.renewed(LIFETIMES, at(10)).unwrap();
        assert_eq!((renewed.active_until, renewed.expires_at), (at(20), at(110)));
        let late = renewed.renewed(LIFETIMES, at(200)).unwrap();
        assert_eq!((late.idle_until, late.expires_at), (at(300), at(250)));
        assert!(late.is_live(&user, at(249)));
        assert!(!late.is_live(&user, at(250)));
    }

    #[test]
    fn a_session_is_bound_to_an_active_user_and_their_epoch() {
        let user = user();
        let session = session(&user);
        assert!(!session.is_live(&User { epoch: 1, ..user.clone() }, at(1)));
        assert!(!session.is_live(&User { status: Status::Disabled, ..user.clone() }, at(1)));
        assert!(!session.is_live(&User { user_id: UserId::random().unwrap(), ..user }, at(1)));
    }

    #[test]
    fn a_secret_is_read_back_and_never_shown() {
        let secret = SessionSecret::random().unwrap();
        let read = SessionSecret::parse(&secret.reveal()).unwrap();
        assert_eq!(read.hashed(), secret.hashed());
        assert_ne!(secret.hashed().as_str(), secret.reveal());
        assert_eq!(format!("{secret:?}"), "SessionSecret(…)");
        assert!(SessionSecret::parse("AAAA").is_none());
    }

    #[test]
    fn little_is_kept_of_a_client() {
        let client = Client::new(Some(&"é".repeat(200)), "203.0.113.77".parse().ok());
        assert_eq!(client.user_agent.unwrap().len(), 256);
        assert_eq!(client.network.unwrap(), "203.0.113.0/24");
        assert_eq!(network("2001:db8:1:2:3::4".parse().unwrap()), "2001:db8:1::/48");
        assert_eq!(network("::ffff:203.0.113.77".parse().unwrap()), "203.0.113.0/24");
    }

    fn lifetimes(variables: &[(&str, &str)]) -> Result<Lifetimes, ConfigError> {
        Lifetimes::from_environment(&Environment::of_pairs(variables))
    }

    #[test]
    fn lifetimes_are_in_order() {
        assert!(lifetimes(&[]).is_ok());
        for (variable, value) in [
            ("SESSION_ACTIVE_SECONDS", "1209600"),
            ("SESSION_ACTIVE_SECONDS", "0"),
            ("SESSION_ACTIVE_SECONDS", "a day"),
            ("SESSION_ABSOLUTE_SECONDS", "1209599"),
            ("SESSION_IDLE_SECONDS", "-1"),
            ("SESSION_IDLE_SECONDS", "1.5"),
        ] {
            let message = lifetimes(&[(variable, value)]).unwrap_err().to_string();
            assert!(message.starts_with("configuration: SESSION_"), "{variable}={value}: {message}");
        }
        assert!(lifetimes(&[("SESSION_IDLE_SECONDS", "2592000")]).is_ok(), "idle may equal absolute");
    }
}
