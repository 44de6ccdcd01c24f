//! What gives an account back: the link of a mail to its former email address, or of the mail about its deletion.

use crate::account::email::Email;
use crate::account::status::Status;
use crate::account::user::User;
use crate::error::Error;
use crate::mail::Mail;
use crate::password::hash::StoredHash;
use crate::proof::Proof;
use crate::store::accounts::identifiers::{free, give_back};
use crate::store::accounts::redemption::Redemption;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::accounts::writes::change_user;
use crate::store::proofs;
use crate::time::Timestamp;

/// Everything that gives an account back.
#[derive(Debug)]
pub struct Restoration<'a> {
    /// The user as it was read: not disabled.
    pub user: &'a User,
    /// The former email address that the user gets back. `None` where only the deletion is undone.
    pub email: Option<&'a Email>,
    /// The proof, which is used up.
    pub proof: &'a Proof,
    /// The hash of the new password.
    pub password_hash: &'a StoredHash,
    /// The mail that tells the user of it.
    pub mail: &'a Mail,
}

impl Accounts {
    /// Gives an account back with a new password, and uses the proof up, in one transaction. All sessions, devices and
    /// other links of the user end. An email address that goes is free at once, and its owner can undo nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which it may be done, or [`Error::Internal`].
    pub async fn restore(&self, restoration: &Restoration<'_>, now: Timestamp) -> Result<Redemption, Error> {
        let Restoration { user, email, proof, password_hash, mail } = restoration;
        let table = &self.credentials;
        let mut next = User {
            status: Status::Active,
            epoch: user.next_epoch(now),
            password_changed_at: Some(now),
            erase_at: None,
            ..user.next_version()
        };
        if let Some(email) = email {
            next = User { email_changed_at: None, ..next.with_confirmed_email(email, now) };
        }
        let [username, restored] = next.identifiers();
        // After a deletion both are held. The owner of a former address finds any username.
        let held_at = email.is_none().then_some(now);
        let mut writes = vec![
            proofs::redemption(self.proofs()?, proof, now)?,
            change_user(&self.users, user, &next)?,
            give_back(table, &restored, &next, password_hash, Some(now))?,
            give_back(table, &username, &next, password_hash, held_at)?,
        ];
        if email.is_some() {
            let [_, present] = user.identifiers();
            writes.push(free(table, &present, &user.user_id, None)?);
        }
        writes.extend(self.mails.as_ref().map(|mails| mails.write(mail)).transpose()?);
        Ok(match self.transact(&new_token()?, writes).await? {
            Ended::Applied => Redemption::Done(Box::new(next)),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] | [_, false, true, ..] => Redemption::Dead,
                [_, true, ..] => Redemption::Changed,
                _ => return Err(error),
            },
        })
    }
}
