//! Whom a request is about, for its log entry.

use crate::account::identifier::Identifier;
use crate::account::user::UserId;

/// Whom a request is about, for its log entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The user who has logged in or signed up.
    pub user: Option<UserId>,
    /// The identifier that was typed.
    pub identifier: Option<Identifier>,
}
