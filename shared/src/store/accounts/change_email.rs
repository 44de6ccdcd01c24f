//! A new email address by the link of a mail to it.

use crate::account::user::User;
use crate::error::Error;
use crate::mail::Mail;
use crate::proof::Proof;
use crate::store::accounts::identifiers::{EMAIL_HELD, HeldFor, free, hold, take};
use crate::store::accounts::redemption::Redemption;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::accounts::writes::change_user;
use crate::store::credentials::Credential;
use crate::store::proofs;
use crate::time::Timestamp;

/// Everything that a change of email address writes.
#[derive(Debug)]
pub struct EmailChange<'a> {
    /// The user as it was read: with the epoch of the proof, and no confirmed address that must stay.
    pub user: &'a User,
    /// The credential of the present address as it was read.
    pub credential: &'a Credential,
    /// The same user with the next version and the new address.
    pub next: User,
    /// The proof, which is used up. `None` if an operator vouches for the address.
    pub proof: Option<&'a Proof>,
    /// The mail to the present address. It is written if that is confirmed.
    pub mail: &'a Mail,
}

impl Accounts {
    /// Makes the proven email address that of the user, and uses the proof up, in one transaction. All sessions go on.
    /// The present address is held, so that its owner can undo the change. One that is not confirmed is free at once.
    ///
    /// # Errors
    /// [`Error::Taken`] if another account has the new address, [`Error::Unavailable`], after which it may be done, or
    /// [`Error::Internal`].
    pub async fn change_email(&self, change: EmailChange<'_>, now: Timestamp) -> Result<Redemption, Error> {
        let EmailChange { user, mut next, credential, proof, mail } = change;
        let was_confirmed = user.email_verified_at.is_some();
        let [_, present] = user.identifiers();
        let [_, new] = next.identifiers();
        let table = &self.credentials;
        let gone = if was_confirmed {
            next.email_changed_at = Some(now);
            hold(table, &present, &user.user_id, Some(credential), now + EMAIL_HELD)?
        } else {
            free(table, &present, &user.user_id, Some(credential))?
        };
        let new = Credential { identifier: new, ..credential.clone() };
        let mut writes =
            vec![change_user(&self.users, user, &next)?, take(table, &new, HeldFor::Anyone, now)?, gone];
        if let Some(proof) = proof {
            writes.push(proofs::redemption(self.proofs()?, proof, now)?);
        }
        let mails = self.mails.as_ref().filter(|_| was_confirmed);
        writes.extend(mails.map(|mails| mails.write(mail)).transpose()?);
        Ok(match self.transact(&new_token()?, writes).await? {
            Ended::Applied => Redemption::Done(Box::new(next)),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [_, _, _, true, ..] if proof.is_some() => Redemption::Dead,
                [true, ..] | [_, _, true, ..] => Redemption::Changed,
                [_, true, ..] => return Err(Error::Taken { username: false, email: true }),
                _ => return Err(error),
            },
        })
    }
}
