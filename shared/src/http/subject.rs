//! The subject of a request: the user, the identifier and the mail that it is about, for its log entry.

use crate::account::identifier::Identifier;
use crate::account::user::UserId;

/// The subject of a request, for its log entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The user who has logged in or signed up, or whose account has changed.
    pub user: Option<UserId>,
    /// The identifier that was typed or, at sign-up, that of the new username.
    pub identifier: Option<Identifier>,
    /// The id of the mail that was asked for.
    pub mail: Option<String>,
    /// How many attributes of the user were left out, because they have another shape.
    pub attributes_ignored: u32,
    /// Whether a refresh token was used again after its successor, so that the session has ended.
    pub refresh_reused: bool,
}
