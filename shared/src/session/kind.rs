//! How a client holds its session.

use serde::Serialize;

/// How a client holds its session. It never changes: what opens a session of one kind opens none of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// In a cookie, which a browser keeps and no script reads.
    Cookie,
    /// In a refresh token, for clients without cookies. Each use at `POST /token` replaces it.
    Token,
}

impl SessionKind {
    /// The kind of a session whose refresh token has this generation.
    #[must_use]
    pub const fn of(generation: Option<u64>) -> Self {
        if generation.is_some() { Self::Token } else { Self::Cookie }
    }
}
