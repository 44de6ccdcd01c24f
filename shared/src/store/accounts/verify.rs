//! The proof of an email address.

use crate::account::user::User;
use crate::error::Error;
use crate::proof::Proof;
use crate::store::accounts::redemption::Redemption;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::accounts::writes::change_user;
use crate::store::proofs;
use crate::time::Timestamp;

impl Accounts {
    /// Confirms the email address of a user, and uses the proof up, in one transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn verify_email(
        &self,
        user: &User,
        proof: &Proof,
        now: Timestamp,
    ) -> Result<Redemption, Error> {
        let next = User { email_verified_at: Some(now), ..user.next_version() };
        let items =
            vec![proofs::redemption(self.proofs()?, proof, now)?, change_user(&self.users, user, &next)?];
        Ok(match self.transact(&new_token()?, items).await? {
            Ended::Applied => Redemption::Done(Box::new(next)),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] => Redemption::Dead,
                [_, true] => Redemption::Changed,
                _ => return Err(error),
            },
        })
    }
}
