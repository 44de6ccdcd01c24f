//! An item of the sessions table, and what it decides.

use serde::{Deserialize, Serialize};

use crate::account::status::Status;
use crate::account::user::{User, UserId};
use crate::error::Error;
use crate::secret::{BearerSecret, SecretHash};
use crate::session::browser;
use crate::session::client_info::ClientInfo;
use crate::session::kind::SessionKind;
use crate::session::lifetimes::Lifetimes;
use crate::time::Timestamp;

/// An item of the sessions table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The partition key.
    pub user_id: UserId,
    /// The sort key.
    pub session_id: SecretHash,
    /// When the session began.
    pub created_at: Timestamp,
    /// When the user last proved who they are.
    pub authenticated_at: Timestamp,
    /// The generation of the newest refresh token. `None` if the session is held in a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// The generation of the refresh token that was last replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<u64>,
    /// When the session was last renewed. If it is held in a refresh token, when that was last replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_at: Option<Timestamp>,
    /// How the user proved it: `password`.
    pub authenticated_with: String,
    /// The active end. From this time on, a request for the profile renews the session.
    pub active_until: Timestamp,
    /// The idle end. From this time on, the session has expired, unless it was renewed before.
    pub idle_until: Timestamp,
    /// The absolute end. From this time on, the session has expired.
    pub absolute_until: Timestamp,
    /// The epoch of the credential with which the password was verified, or of the user who has just signed up.
    pub epoch: u64,
    /// The client's `User-Agent`, as [`ClientInfo`] keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The client's network, as [`ClientInfo`] keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The earlier of the idle and the absolute end. DynamoDB's time to live deletes the item some time later.
    pub expires_at: Timestamp,
}

/// A new session, with the secret that only its holder gets.
#[derive(Debug)]
pub struct NewSession {
    /// The item.
    pub session: Session,
    /// The secret, for the session token.
    pub secret: BearerSecret,
    /// The lifetimes with which the session began.
    pub lifetimes: Lifetimes,
}

impl NewSession {
    /// A session that begins at `now`. `epoch` is that of the credential with which the password was verified, or of
    /// the user who has just signed up.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no random bytes.
    pub fn new(
        user_id: UserId,
        epoch: u64,
        client: ClientInfo,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let secret = BearerSecret::random()?;
        let absolute_until = now + lifetimes.absolute;
        let session = Session {
            user_id,
            session_id: secret.hashed(),
            created_at: now,
            authenticated_at: now,
            generation: None,
            previous: None,
            renewed_at: None,
            authenticated_with: "password".to_owned(),
            active_until: now + lifetimes.active,
            idle_until: now + lifetimes.idle,
            absolute_until,
            epoch,
            user_agent: client.user_agent,
            network: client.network,
            expires_at: absolute_until.min(now + lifetimes.idle),
        };
        Ok(Self { session, secret, lifetimes })
    }

    /// The same session, of this kind.
    #[must_use]
    pub fn of_kind(mut self, kind: SessionKind) -> Self {
        self.session.generation = match kind {
            SessionKind::Cookie => None,
            SessionKind::Token => Some(0),
        };
        self
    }
}

impl Session {
    /// Whether the session has expired by Latchkey's clock. DynamoDB deletes the item some time later.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.idle_until || now >= self.absolute_until
    }

    /// Whether the session is active, so that its holder may act as this user. Every route but logout decides by this.
    #[must_use]
    pub fn is_live(&self, user: &User, now: Timestamp) -> bool {
        !self.is_expired(now)
            && self.user_id == user.user_id
            && user.status == Status::Active
            && self.epoch == user.epoch
    }

    /// How the client holds the session.
    #[must_use]
    pub const fn kind(&self) -> SessionKind {
        SessionKind::of(self.generation)
    }

    /// Whether a token of this generation opens the session. Of the refresh tokens, the newest one does and the one
    /// before it, whose successor the client may not have got.
    #[must_use]
    pub fn is_opened_by(&self, generation: Option<u64>) -> bool {
        self.generation == generation || generation.is_some() && self.previous == generation
    }

    /// The session as a renewal at `now` makes it. `None` before the active end, and for a session that is held in a
    /// refresh token, which its own exchange renews.
    #[must_use]
    pub fn renewed(&self, lifetimes: Lifetimes, now: Timestamp) -> Option<Self> {
        if now < self.active_until || self.kind() == SessionKind::Token {
            return None;
        }
        let idle_until = now + lifetimes.idle;
        Some(Self {
            renewed_at: Some(now),
            active_until: now + lifetimes.active,
            idle_until,
            expires_at: self.absolute_until.min(idle_until),
            ..self.clone()
        })
    }

    /// Whether the token that presented the session was issued before the last renewal. Its browser then gets a new
    /// cookie, also if an earlier request has renewed the session, whose response has not reached it.
    #[must_use]
    pub fn needs_cookie(&self, issued_at: Timestamp) -> bool {
        self.kind() == SessionKind::Cookie && self.renewed_at.is_some_and(|renewed_at| issued_at < renewed_at)
    }

    /// The browser and the system in which the session began, as the client named them, like `Firefox on Linux`, or
    /// `a program`.
    #[must_use]
    pub fn client(&self) -> String {
        browser::name(self.user_agent.as_deref().unwrap_or_default())
    }

    /// When the session ends, as responses show it: unless it is renewed or, for one in a refresh token, at the latest.
    /// The idle end would show a thief with a copy of the token when the owner refreshes. Who refreshes a moment later
    /// stays unnoticed.
    #[must_use]
    pub const fn shown_end(&self) -> Timestamp {
        match self.kind() {
            SessionKind::Cookie => self.expires_at,
            SessionKind::Token => self.absolute_until,
        }
    }

    /// The session as responses show it.
    #[must_use]
    pub fn view(&self) -> SessionView {
        SessionView {
            created_at: self.created_at,
            authenticated_at: self.authenticated_at,
            expires_at: self.shown_end(),
        }
    }
}

/// A session as responses show it.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the JSON")]
pub struct SessionView {
    #[serde(serialize_with = "Timestamp::rfc3339")]
    created_at: Timestamp,
    #[serde(serialize_with = "Timestamp::rfc3339")]
    authenticated_at: Timestamp,
    #[serde(serialize_with = "Timestamp::rfc3339")]
    expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::email::Email;
    use crate::account::username::Username;
    use crate::time::Seconds;

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
        let client = ClientInfo::new(None, None);
        NewSession::new(user.user_id.clone(), user.epoch, client, LIFETIMES, at(0)).unwrap().session
    }

    #[test]
    fn a_session_expires_at_its_idle_end_and_not_before() {
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
}
