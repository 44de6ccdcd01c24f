//! A new password by the link of a mail.

use crate::account::user::User;
use crate::error::Error;
use crate::mail::Mail;
use crate::password::hash::StoredHash;
use crate::proof::Proof;
use crate::store::accounts::epoch::NextEpoch;
use crate::store::accounts::redemption::Redemption;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::proofs;
use crate::time::Timestamp;

/// Everything that a reset writes.
#[derive(Debug)]
pub struct Reset<'a> {
    /// The user as it was read: active, with the email and the epoch of the proof.
    pub user: &'a User,
    /// The proof, which is used up.
    pub proof: &'a Proof,
    /// The hash of the new password.
    pub password_hash: &'a StoredHash,
    /// The mail that tells the user of it.
    pub mail: &'a Mail,
}

impl Accounts {
    /// Gives a user a new password, and uses the proof up, in one transaction. The user has read the mail, so the email
    /// address is confirmed from now on. All sessions, devices and other links of the user end.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which it may be done, or [`Error::Internal`].
    pub async fn reset_password(&self, reset: &Reset<'_>, now: Timestamp) -> Result<Redemption, Error> {
        let Reset { user, proof, password_hash, mail } = reset;
        let next = NextEpoch::of(user, now).with_password(password_hash, now).with_confirmed_email(now);
        let mut writes = vec![proofs::redemption(self.proofs()?, proof, now)?];
        writes.extend(next.writes(&self.users, &self.credentials)?);
        writes.extend(self.mails.as_ref().map(|mails| mails.write(mail)).transpose()?);
        Ok(match self.transact(&new_token()?, writes).await? {
            Ended::Applied => Redemption::Done(Box::new(next.user)),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] => Redemption::Dead,
                [_, true, ..] => Redemption::Changed,
                _ => return Err(error),
            },
        })
    }
}
