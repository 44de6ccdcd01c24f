//! The next epoch of a user, alone or with a new password. It ends all sessions of the user, also that of a login that
//! is under way, makes all devices unknown, and ends all links that reset the password.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::account::user::User;
use crate::error::Error;
use crate::password::hash::StoredHash;
use crate::store::accounts::writes::{change_user, key, update};
use crate::store::item::{number, text};
use crate::time::Timestamp;

/// A user with the next epoch, and perhaps a new password.
#[derive(Debug)]
pub(super) struct NextEpoch<'a> {
    /// The user as it was read.
    read: &'a User,
    /// The user from now on.
    pub user: User,
    password_hash: Option<&'a StoredHash>,
}

impl<'a> NextEpoch<'a> {
    /// The next epoch of a user.
    pub(super) fn of(read: &'a User, now: Timestamp) -> Self {
        Self::with_next(read, read.next_version(), now)
    }

    /// The same where the next version of the user has other changes, too.
    pub(super) fn with_next(read: &'a User, next: User, now: Timestamp) -> Self {
        let user = User { epoch: next.next_epoch(now), ..next };
        Self { read, user, password_hash: None }
    }

    /// The same with the hash of a new password.
    pub(super) fn with_password(self, password_hash: &'a StoredHash, now: Timestamp) -> Self {
        let user = User { password_changed_at: Some(now), ..self.user };
        Self { user, password_hash: Some(password_hash), ..self }
    }

    /// The same with a confirmed email address, if it was not confirmed before.
    pub(super) fn with_confirmed_email(self, now: Timestamp) -> Self {
        let email_verified_at = self.user.email_verified_at.or(Some(now));
        Self { user: User { email_verified_at, ..self.user }, ..self }
    }

    /// The writes of it: that of the user, then those of both credentials. The first fails if the user has changed
    /// since it was read. The others also repair credentials with another epoch.
    pub(super) fn writes(&self, users: &str, credentials: &str) -> Result<Vec<TransactWriteItem>, Error> {
        let mut writes = vec![change_user(users, self.read, &self.user)?];
        for identifier in self.user.identifiers() {
            let mut change = "SET epoch = :epoch".to_owned();
            let mut values = vec![(":epoch", number(self.user.epoch))];
            let mut condition = "attribute_exists(identifier)";
            if let Some(password_hash) = self.password_hash {
                // It is not the one of an import any more.
                change += ", password_hash = :hash REMOVE imported";
                values.push((":hash", text(password_hash.reveal())));
                // After a restore, another user may have an identifier that this one once had. No one gets a password
                // into the account of another user. Who may not write a hash may not name these attributes either.
                condition = "user_id = :owner AND attribute_not_exists(held_until)";
                values.push((":owner", text(self.user.user_id.as_str())));
            }
            writes.push(update(credentials, key(&identifier), &change, condition, values)?);
        }
        Ok(writes)
    }
}
