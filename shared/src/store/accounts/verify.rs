//! The proof of an email address.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};

use crate::account::user::User;
use crate::error::Error;
use crate::proof::Proof;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::{Ended, new_token, unbuilt};
use crate::store::item::text;
use crate::store::proofs;
use crate::time::Timestamp;

/// What became of a proof.
#[derive(Debug)]
pub enum Verification {
    /// The address is confirmed. This is the user from now on.
    Done(Box<User>),
    /// The proof was used, or has ended.
    Dead,
    /// The user has changed since it was read.
    Changed,
}

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
    ) -> Result<Verification, Error> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let (read, next) = (user.version, user.version + 1);
        let change = Update::builder()
            .table_name(&self.users)
            .key("user_id", text(user.user_id.as_str()))
            .update_expression("SET email_verified_at = :now, version = :next")
            .condition_expression("version = :read AND email = :email AND #status = :active")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":now", number(now.as_seconds()))
            .expression_attribute_values(":next", AttributeValue::N(next.to_string()))
            .expression_attribute_values(":read", AttributeValue::N(read.to_string()))
            .expression_attribute_values(":email", text(&proof.email))
            .expression_attribute_values(":active", text("active"));
        let change = TransactWriteItem::builder().update(change.build().map_err(|error| unbuilt(&error))?);
        let items = vec![proofs::redemption(self.proofs()?, proof, now)?, change.build()];
        Ok(match self.transact(&new_token()?, items).await? {
            Ended::Applied => Verification::Done(Box::new(User {
                email_verified_at: Some(now),
                version: next,
                ..user.clone()
            })),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                [true, ..] => Verification::Dead,
                [_, true] => Verification::Changed,
                _ => return Err(error),
            },
        })
    }
}
