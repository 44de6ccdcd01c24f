//! Users of another system: many in one transaction, each whole or not at all.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::error::Error;
use crate::store::accounts::identifiers::{HeldFor, take};
use crate::store::accounts::newcomer::Newcomer;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::MOST;
use crate::store::accounts::writes::put_new_user;
use crate::store::credentials::Credential;
use crate::time::Timestamp;

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
    /// The most users of an import in one transaction.
    pub const NEWCOMERS: usize = MOST / WRITES;

    /// Brings at most [`Self::NEWCOMERS`] users in. Those who cannot come do not keep the others out. If it fails, some
    /// may have come, and it can be repeated.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which some may have come, or [`Error::Internal`].
    pub async fn import(&self, newcomers: &[Newcomer], now: Timestamp) -> Result<Vec<Arrival>, Error> {
        let groups = newcomers.iter().map(|newcomer| self.new_items(newcomer, now));
        let ended = self.transact_each(groups.collect::<Result<_, _>>()?).await?;
        let arrivals = ended.iter().map(|failed| match failed.as_slice() {
            [true, ..] => Arrival::Already,
            [_, username, email] => Arrival::Taken { username: *username, email: *email },
            _ => Arrival::Imported,
        });
        Ok(arrivals.collect())
    }

    fn new_items(&self, newcomer: &Newcomer, now: Timestamp) -> Result<Vec<TransactWriteItem>, Error> {
        let Newcomer { user, password_hash } = newcomer;
        let mut items = vec![put_new_user(&self.users, user)?];
        for identifier in user.identifiers() {
            let credential = Credential {
                identifier,
                user_id: user.user_id.clone(),
                epoch: user.epoch,
                password_hash: password_hash.clone(),
                held_until: None,
                imported: Some(now),
            };
            items.push(take(&self.credentials, &credential, HeldFor::Anyone, now)?);
        }
        Ok(items)
    }
}
