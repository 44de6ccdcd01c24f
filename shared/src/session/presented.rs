//! The session that a request presents.

use crate::account::user::UserId;
use crate::error::Error;
use crate::secret::{BearerSecret, SecretHash};
use crate::session::kind::SessionKind;
use crate::time::Timestamp;

/// The session that a verified token names. Only the session's item decides whether the session is active.
#[derive(Debug)]
pub struct PresentedSession {
    /// The user's id.
    pub user_id: UserId,
    /// The secret of the session.
    pub secret: BearerSecret,
    /// The generation of a refresh token. `None` for the token of a cookie.
    pub generation: Option<u64>,
    /// When the token was issued.
    pub issued_at: Timestamp,
    /// The absolute end of the session, as the token says.
    pub absolute_until: Timestamp,
}

impl PresentedSession {
    /// A session that does not exist.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no random bytes.
    pub fn nonexistent(now: Timestamp) -> Result<Self, Error> {
        let (user_id, secret) = (UserId::random()?, BearerSecret::random()?);
        Ok(Self { user_id, secret, generation: None, issued_at: now, absolute_until: now })
    }

    /// How the client holds the session.
    #[must_use]
    pub const fn kind(&self) -> SessionKind {
        SessionKind::of(self.generation)
    }

    /// The sort key of the session's item.
    #[must_use]
    pub fn session_id(&self) -> SecretHash {
        self.secret.hashed()
    }
}
