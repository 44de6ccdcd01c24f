//! What becomes of a proof that a user redeems.

use crate::account::user::User;

/// What became of a proof.
#[derive(Debug)]
pub enum Redemption {
    /// It was used, and what it is for was done. This is the user from now on.
    Done(Box<User>),
    /// It was used before, or has ended.
    Dead,
    /// The user has changed since it was read. Nothing was done.
    Changed,
}
