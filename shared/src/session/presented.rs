//! The session that a request presents.

use crate::account::user::UserId;
use crate::secret::{BearerSecret, SecretHash};

/// The session that a verified token names. Only the session's item decides whether the session is active.
#[derive(Debug)]
pub struct PresentedSession {
    /// The user's id.
    pub user_id: UserId,
    /// The secret of the session.
    pub secret: BearerSecret,
}

impl PresentedSession {
    /// The sort key of the session's item.
    #[must_use]
    pub fn session_id(&self) -> SecretHash {
        self.secret.hashed()
    }
}
