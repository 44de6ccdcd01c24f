//! Users of another system: many in one transaction, each whole or not at all.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::account::user::User;
use crate::error::Error;
use crate::password::hash::StoredHash;
use crate::store::accounts::identifiers::{HeldFor, take};
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::accounts::writes::put_new_user;
use crate::store::credentials::Credential;
use crate::time::Timestamp;

/// A user who comes, with the hash of the password.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The user, whose id is [`crate::account::imported_id()`].
    pub user: User,
    /// The hash in its stored form. `None` for a user without a password.
    pub password_hash: Option<StoredHash>,
}

/// What has become of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The user is there.
    Imported,
    /// The user was there before.
    Already,
    /// Another user has the username, the email, or both.
    Taken {
        /// The username.
        username: bool,
        /// The email.
        email: bool,
    },
}

/// The number of writes of a user.
const WRITES: usize = 3;

impl Accounts {
    /// The most users of an import in one transaction, which has at most 100 writes.
    pub const NEWCOMERS: usize = 100 / WRITES;

    /// Brings at most [`Self::NEWCOMERS`] users in. Those who cannot come do not keep the others out. If it fails, some
    /// may have come, and it can be repeated.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which some may have come, or [`Error::Internal`].
    pub async fn import(&self, newcomers: &[Newcomer], now: Timestamp) -> Result<Vec<Arrival>, Error> {
        let mut arrivals = vec![Arrival::Imported; newcomers.len()];
        let mut waiting: Vec<usize> = (0..newcomers.len()).collect();
        while !waiting.is_empty() {
            let batch = waiting.iter().filter_map(|number| newcomers.get(*number));
            let conditions = match self.transact(&new_token()?, self.new_items(batch, now)?).await? {
                Ended::Applied => return Ok(arrivals),
                Ended::Failed { conditions, error } if !conditions.contains(&true) => return Err(error),
                Ended::Failed { conditions, .. } => conditions,
            };
            // The places of the failed conditions tell who cannot come. The others are sent again.
            let mut rest = Vec::new();
            for (number, failed) in waiting.into_iter().zip(conditions.chunks(WRITES)) {
                let arrival = match failed {
                    [true, ..] => Arrival::Already,
                    [_, username, email] if *username || *email => {
                        Arrival::Taken { username: *username, email: *email }
                    }
                    _ => {
                        rest.push(number);
                        continue;
                    }
                };
                if let Some(place) = arrivals.get_mut(number) {
                    *place = arrival;
                }
            }
            waiting = rest;
        }
        Ok(arrivals)
    }

    fn new_items<'a>(
        &self,
        newcomers: impl Iterator<Item = &'a Newcomer>,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let mut items = Vec::new();
        for Newcomer { user, password_hash } in newcomers {
            items.push(put_new_user(&self.users, user)?);
            for identifier in user.identifiers() {
                let credential = Credential {
                    identifier,
                    user_id: user.user_id.clone(),
                    epoch: user.epoch,
                    password_hash: password_hash.clone(),
                    held_until: None,
                    imported: password_hash.is_some().then_some(now),
                };
                items.push(take(&self.credentials, &credential, HeldFor::Anyone, now)?);
            }
        }
        Ok(items)
    }
}
