//! A new username, and a new display name.

use crate::account::user::User;
use crate::error::Error;
use crate::mail::Mail;
use crate::store::accounts::identifiers::{HeldFor, USERNAME_HELD, hold, take};
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::accounts::writes::change_user;
use crate::store::credentials::Credential;

impl Accounts {
    /// Gives a user another username, in one transaction. The present one is held, so that no one else pretends to be
    /// its user. `next` is the same user with the next version and the new username, and `credential` that of the
    /// present one. The mail is written if the email address is confirmed.
    ///
    /// Returns the user from now on. `None` if the user or the password has changed since it was read: then nothing was
    /// done.
    ///
    /// # Errors
    /// [`Error::Taken`] if another account has the username, [`Error::Unavailable`], after which it may be done, or
    /// [`Error::Internal`].
    pub async fn change_username(
        &self,
        user: &User,
        next: User,
        credential: &Credential,
        mail: &Mail,
    ) -> Result<Option<User>, Error> {
        let (now, table) = (mail.made_at, &self.credentials);
        let ([present, _], [new, _]) = (user.identifiers(), next.identifiers());
        let mut writes = vec![change_user(&self.users, user, &next)?];
        // Otherwise it is the same name in another case.
        let is_new = new != present;
        if is_new {
            let new = Credential { identifier: new, ..credential.clone() };
            writes.push(take(table, &new, HeldFor::LastUser, now)?);
            writes.push(hold(table, &present, &user.user_id, Some(credential), now + USERNAME_HELD)?);
        }
        let mails = self.mails.as_ref().filter(|_| user.email_verified_at.is_some());
        writes.extend(mails.map(|mails| mails.write(mail)).transpose()?);
        match self.transact(&new_token()?, writes).await? {
            Ended::Applied => Ok(Some(next)),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] | [_, _, true, ..] => Ok(None),
                [_, true, ..] if is_new => Err(Error::Taken { username: true, email: false }),
                _ => Err(error),
            },
        }
    }

    /// Gives a user another display name, or none. Returns the user from now on. `None` if the user has changed since
    /// it was read: then nothing was done.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which it may be done, or [`Error::Internal`].
    pub async fn change_name(&self, user: &User, name: Option<String>) -> Result<Option<User>, Error> {
        self.change(user, User { name, ..user.next_version() }).await
    }

    /// Changes attributes of a user that no credential has. `next` begins with [`User::next_version`]. Returns the user
    /// from now on. `None` if the user has changed since it was read: then nothing was done.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which it may be done, or [`Error::Internal`].
    pub async fn change(&self, user: &User, next: User) -> Result<Option<User>, Error> {
        match self.transact(&new_token()?, vec![change_user(&self.users, user, &next)?]).await? {
            Ended::Applied => Ok(Some(next)),
            Ended::Failed { conditions, .. } if conditions == [true] => Ok(None),
            Ended::Failed { error, .. } => Err(error),
        }
    }
}
