//! The list of sessions, as JSON and as a page.

use askama::Template;
use latchkey::http::View;
use latchkey::secret::SecretHash;
use latchkey::session::{Session, SessionKind};
use latchkey::store::SessionList;
use latchkey::time::Timestamp;
use serde::{Serialize, Serializer};

/// The sessions of a user, as a response shows them.
#[derive(Debug, Serialize)]
pub(crate) struct List<'a> {
    sessions: Vec<Entry<'a>>,
    /// Whether there may be others.
    more: bool,
}

/// A session, as a response shows it.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    id: &'a SecretHash,
    current: bool,
    kind: SessionKind,
    #[serde(serialize_with = "Timestamp::rfc3339")]
    created_at: Timestamp,
    /// To a day exact for one in a cookie, because it is renewed once in its active period. That of the refresh token
    /// of the request is hidden, as [`Session::shown_end`] says.
    #[serde(serialize_with = "optional")]
    renewed_at: Option<Timestamp>,
    #[serde(serialize_with = "Timestamp::rfc3339")]
    authenticated_at: Timestamp,
    #[serde(serialize_with = "Timestamp::rfc3339")]
    expires_at: Timestamp,
    /// What the client said of itself.
    client: String,
    network: Option<&'a str>,
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn optional<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => time.rfc3339(serializer),
        None => serializer.serialize_none(),
    }
}

impl<'a> List<'a> {
    /// The list that `current` asks for.
    pub(crate) fn new(found: &'a SessionList, current: &Session) -> Self {
        let entry = |session: &'a Session| {
            let (is_current, kind) = (session.session_id == current.session_id, session.kind());
            Entry {
                id: &session.session_id,
                current: is_current,
                kind,
                created_at: session.created_at,
                renewed_at: session.renewed_at.filter(|_| !is_current || kind == SessionKind::Cookie),
                authenticated_at: session.authenticated_at,
                expires_at: session.shown_end(),
                client: session.client(),
                network: session.network.as_deref(),
            }
        };
        Self { sessions: found.sessions.iter().map(entry).collect(), more: found.has_more }
    }
}

#[derive(Template)]
#[template(path = "sessions.html")]
pub(crate) struct ListPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) list: &'a List<'a>,
}
