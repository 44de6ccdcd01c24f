//! The end of the sessions of a user: of all, or of all but one.

use crate::account::user::User;
use crate::error::Error;
use crate::session::record::Session;
use crate::store::accounts::epoch::NextEpoch;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::accounts::writes::update;
use crate::store::item::{Item, number};
use crate::store::sessions;
use crate::time::Timestamp;

impl Accounts {
    /// Ends all sessions of a user, but for this one, also that of a login that is under way, and makes all devices
    /// unknown. `next` is the user with the next version. Returns it with the new epoch. `None` if the user or the
    /// session has changed since it was read: then nothing was done.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which it may be done, or [`Error::Internal`].
    pub async fn end_sessions(
        &self,
        user: &User,
        next: User,
        except: Option<&Session>,
        now: Timestamp,
    ) -> Result<Option<User>, Error> {
        let next = NextEpoch::with_next(user, next, now);
        let mut writes = next.writes(&self.users, &self.credentials)?;
        if let Some(session) = except {
            let (user_id, session_id) = sessions::key(&session.user_id, &session.session_id);
            writes.push(update(
                &self.sessions,
                Item::from([("user_id".to_owned(), user_id), ("session_id".to_owned(), session_id)]),
                "SET epoch = :epoch",
                "epoch = :read AND expires_at > :now",
                [
                    (":epoch", number(next.user.epoch)),
                    (":read", number(session.epoch)),
                    (":now", number(now.as_seconds())),
                ],
            )?);
        }
        match self.transact(&new_token()?, writes).await? {
            Ended::Applied => Ok(Some(next.user)),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] | [_, _, _, true] => Ok(None),
                _ => Err(error),
            },
        }
    }
}
