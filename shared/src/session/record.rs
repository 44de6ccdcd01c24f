//! A row of the sessions table, and what it decides.

use serde::{Deserialize, Serialize};

use crate::account::user::{Status, User, UserId};
use crate::error::Error;
use crate::session::client_info::ClientInfo;
use crate::session::lifetimes::Lifetimes;
use crate::session::secret::{SessionId, SessionSecret};
use crate::time::Timestamp;

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

/// A session that begins, with the secret that only its holder gets.
#[derive(Debug)]
pub struct NewSession {
    /// The row.
    pub session: Session,
    /// The secret of its token.
    pub secret: SessionSecret,
    /// How long it lives.
    pub lifetimes: Lifetimes,
}

impl NewSession {
    /// A session that begins now, with a password verified in this epoch of the user.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system has no random numbers.
    pub fn new(
        user_id: UserId,
        epoch: u64,
        client: ClientInfo,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let secret = SessionSecret::random()?;
        let absolute_until = now + lifetimes.absolute;
        let session = Session {
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
        };
        Ok(Self { session, secret, lifetimes })
    }
}

impl Session {
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
}
