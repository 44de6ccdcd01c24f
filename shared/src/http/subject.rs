//! The subject of a request: the user and the identifier that it is about, for its log entry.

use crate::account::identifier::Identifier;
use crate::account::user::UserId;

/// The subject of a request, for its log entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The user who has logged in or signed up.
    pub user: Option<UserId>,
    /// The identifier that was typed or, at sign-up, that of the new username.
    pub identifier: Option<Identifier>,
}
