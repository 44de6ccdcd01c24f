//! The session that a request presents.

use crate::account::user::UserId;
use crate::session::secret::{SessionId, SessionSecret};

/// What a verified token says: which session to look up. Only the session's row decides whether it is live.
#[derive(Debug)]
pub struct PresentedSession {
    /// The user.
    pub user_id: UserId,
    /// The secret of the session.
    pub secret: SessionSecret,
}

impl PresentedSession {
    /// The sort key of the session's row.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.secret.hashed()
    }
}
