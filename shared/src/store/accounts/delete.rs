//! The deletion of an account by its user.

use crate::account::identifier::Identifier;
use crate::account::status::Status;
use crate::account::user::User;
use crate::error::Error;
use crate::mail::Mail;
use crate::store::accounts::identifiers::{EMAIL_HELD, USERNAME_HELD, free, hold};
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::accounts::writes::{change_user, delete_user};

impl Accounts {
    /// Deletes an account, in one transaction. At once no one can log in, and no session is active. Whether it was done
    /// is the result: not if the user has changed since it was read.
    ///
    /// A user with a confirmed email address can take the account back until [`User::erase_at`], by the link in the
    /// mail. The item of another one is deleted at once, and the email address is free. The username is held.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which it may be done, or [`Error::Internal`].
    pub async fn delete(&self, user: &User, mail: &Mail) -> Result<bool, Error> {
        let (now, table) = (mail.made_at, &self.credentials);
        let [username, email] = user.identifiers();
        let held = hold(table, &username, &user.user_id, None, now + USERNAME_HELD)?;
        let writes = if user.email_verified_at.is_some() {
            let next = User {
                status: Status::Deleted,
                epoch: user.next_epoch(now),
                erase_at: Some(now + EMAIL_HELD),
                ..user.next_version()
            };
            let mut writes = vec![
                change_user(&self.users, user, &next)?,
                held,
                hold(table, &email, &user.user_id, None, now + EMAIL_HELD)?,
            ];
            writes.extend(self.mails.as_ref().map(|mails| mails.write(mail)).transpose()?);
            writes
        } else {
            vec![delete_user(&self.users, user)?, held, free(table, &email, &user.user_id, None)?]
        };
        match self.transact(&new_token()?, writes).await? {
            Ended::Applied => Ok(true),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] => Ok(false),
                _ => Err(error),
            },
        }
    }

    /// Deletes a user and those of these credentials that are the user's, for ever, in one transaction. Whether it was
    /// done is the result: not if the user has changed since it was read.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which it may be done, or [`Error::Internal`].
    pub async fn erase(&self, user: &User, identifiers: &[Identifier]) -> Result<bool, Error> {
        let mut writes = vec![delete_user(&self.users, user)?];
        for identifier in identifiers {
            writes.push(free(&self.credentials, identifier, &user.user_id, None)?);
        }
        match self.transact(&new_token()?, writes).await? {
            Ended::Applied => Ok(true),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] => Ok(false),
                _ => Err(error),
            },
        }
    }
}
