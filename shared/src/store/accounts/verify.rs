//! The proof of an email address.

use crate::account::user::User;
use crate::error::Error;
use crate::proof::Proof;
use crate::store::accounts::redemption::Redemption;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token};
use crate::store::accounts::writes::update;
use crate::store::item::{Item, number, text};
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
        let next = user.version + 1;
        let change = update(
            &self.users,
            Item::from([("user_id".to_owned(), text(user.user_id.as_str()))]),
            "SET email_verified_at = :now, version = :next",
            // Whatever has changed the email or the status of the user has raised the version, too.
            "version = :read",
            [(":now", number(now.as_seconds())), (":next", number(next)), (":read", number(user.version))],
        )?;
        let items = vec![proofs::redemption(self.proofs()?, proof, now)?, change];
        Ok(match self.transact(&new_token()?, items).await? {
            Ended::Applied => Redemption::Done(Box::new(User {
                email_verified_at: Some(now),
                version: next,
                ..user.clone()
            })),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] => Redemption::Dead,
                [_, true] => Redemption::Changed,
                _ => return Err(error),
            },
        })
    }
}
