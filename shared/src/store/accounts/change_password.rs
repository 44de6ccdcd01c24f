//! A new password by the current one.

use crate::account::user::User;
use crate::error::Error;
use crate::mail::Mail;
use crate::password::hash::StoredHash;
use crate::session::client_info::ClientInfo;
use crate::session::lifetimes::Lifetimes;
use crate::session::presented::PresentedSession;
use crate::session::record::NewSession;
use crate::store::accounts::epoch::NextEpoch;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::accounts::writes::{delete_session, put_new};
use crate::time::Timestamp;

/// Everything that a change of password writes.
#[derive(Debug)]
pub struct PasswordChange<'a> {
    /// The user as it was read.
    pub user: &'a User,
    /// The hash of the new password.
    pub password_hash: &'a StoredHash,
    /// The session that the request presented, which ends.
    pub presented: &'a PresentedSession,
    /// The client for which a session begins.
    pub client: ClientInfo,
    /// The lifetimes of that session.
    pub lifetimes: Lifetimes,
    /// The mail that tells the user of it. It is written if the email address is confirmed.
    pub mail: &'a Mail,
}

impl Accounts {
    /// Gives a user a new password and a new session, in one transaction. All other sessions and all devices of the
    /// user end. `None` if the user has changed since it was read: then nothing was done.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which it may be done, or [`Error::Internal`].
    pub async fn change_password(
        &self,
        change: PasswordChange<'_>,
        now: Timestamp,
    ) -> Result<Option<(User, NewSession)>, Error> {
        let PasswordChange { user, password_hash, presented, client, lifetimes, mail } = change;
        let next = NextEpoch::of(user, now).with_password(password_hash, now);
        let new = NewSession::new(user.user_id.clone(), next.user.epoch, client, lifetimes, now)?;
        let new = new.of_kind(presented.kind());
        let mut writes = next.writes(&self.users, &self.credentials)?;
        writes.push(delete_session(&self.sessions, presented)?);
        writes.push(put_new(&self.sessions, &new.session, "session_id")?);
        let mails = self.mails.as_ref().filter(|_| user.email_verified_at.is_some());
        writes.extend(mails.map(|mails| mails.write(mail)).transpose()?);
        match self.transact(&new_token()?, writes).await? {
            Ended::Applied => Ok(Some((next.user, new))),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] => Ok(None),
                _ => Err(error),
            },
        }
    }
}
