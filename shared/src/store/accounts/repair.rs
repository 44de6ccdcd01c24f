//! The repair of an account whose items do not fit together, as after a restore of the tables.

use crate::account::identifier::Identifier;
use crate::account::user::User;
use crate::error::Error;
use crate::password::hash::StoredHash;
use crate::store::accounts::epoch::NextEpoch;
use crate::store::accounts::identifiers::{HeldFor, take};
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::credentials::Credential;
use crate::time::Timestamp;

/// The credentials that an account lacks.
#[derive(Debug, Default)]
pub struct Missing {
    /// Their identifiers.
    pub identifiers: Vec<Identifier>,
    /// The password hash of the user, if another credential has it.
    pub password_hash: Option<StoredHash>,
}

impl Accounts {
    /// Gives all three items a new epoch, which ends all sessions, and makes the missing credentials again. `next` is
    /// the user with the next version. Returns it with the new epoch. `None` if the user has changed since it was read:
    /// then nothing was done.
    ///
    /// # Errors
    /// [`Error::Taken`] if another user has a missing identifier by now, [`Error::Unavailable`], after which it may be
    /// done, or [`Error::Internal`].
    pub async fn repair(
        &self,
        user: &User,
        next: User,
        missing: &Missing,
        now: Timestamp,
    ) -> Result<Option<User>, Error> {
        let next = NextEpoch::with_next(user, next, now);
        let mut writes = next.writes(&self.users, &self.credentials)?;
        let of_credentials = writes.iter_mut().skip(1).zip(next.user.identifiers());
        for (write, identifier) in
            of_credentials.filter(|(_, identifier)| missing.identifiers.contains(identifier))
        {
            let credential = Credential {
                identifier,
                user_id: user.user_id.clone(),
                epoch: next.user.epoch,
                password_hash: missing.password_hash.clone(),
                held_until: None,
                imported: None,
            };
            *write = take(&self.credentials, &credential, HeldFor::LastUser, now)?;
        }
        match self.transact(&new_token()?, writes).await? {
            Ended::Applied => Ok(Some(next.user)),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] => Ok(None),
                [_, username, email] if *username || *email => {
                    Err(Error::Taken { username: *username, email: *email })
                }
                _ => Err(error),
            },
        }
    }
}
