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
    /// To a day exact, because a session is renewed once in its active period.
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
        let entry = |session: &'a Session| Entry {
            id: &session.session_id,
            current: session.session_id == current.session_id,
            kind: session.kind(),
            created_at: session.created_at,
            renewed_at: session.renewed_at,
            authenticated_at: session.authenticated_at,
            expires_at: session.expires_at,
            client: session.client(),
            network: session.network.as_deref(),
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
