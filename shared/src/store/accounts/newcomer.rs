//! Users of another system, on their way in.

use crate::account::user::User;
use crate::password::hash::StoredHash;

/// A user who comes, with the hash of the password.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The user, whose id is [`crate::account::imported_id()`].
    pub user: User,
    /// The hash in its stored form. `None` for a user without a password.
    pub password_hash: Option<StoredHash>,
}
