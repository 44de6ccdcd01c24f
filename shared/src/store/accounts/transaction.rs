//! Transactions over the tables of accounts.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;
use data_encoding::BASE64URL_NOPAD;

use crate::aws::failure;
use crate::error::{Cause, Error};
use crate::random;
use crate::store::accounts::tables::Accounts;
use crate::store::client::back_off;

/// How often a transaction is tried again after a conflict with another one. The SDK does not retry conflicts.
const CONFLICT_RETRIES: u32 = 3;

/// How a transaction ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// All of it was written.
    Applied,
    /// Nothing was written.
    Failed {
        /// Whether the condition of each write failed.
        conditions: Vec<bool>,
        /// The error if no condition explains it.
        error: Error,
    },
}

impl Accounts {
    /// Writes all of these items, or none. DynamoDB applies a transaction of the same `token` once.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which it may have been applied, or [`Error::Internal`].
    pub(super) async fn transact(&self, token: &str, items: Vec<TransactWriteItem>) -> Result<Ended, Error> {
        for retries in 0.. {
            let transaction = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let Err(error) = transaction.client_request_token(token).send().await else {
                return Ok(Ended::Applied);
            };
            let Some(codes) = codes(&error) else { return Err(failure(&error)) };
            let is_busy = codes.iter().all(|code| {
                matches!(
                    code.as_str(),
                    "None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
                )
            });
            if !is_busy {
                let conditions = codes.iter().map(|code| code == "ConditionalCheckFailed").collect();
                return Ok(Ended::Failed { conditions, error: failure(&error) });
            }
            if retries == CONFLICT_RETRIES {
                break;
            }
            back_off(retries).await?;
        }
        Err(Error::Unavailable(Cause::new("every try of the transaction met a conflict or throttling")))
    }
}

/// A token for a transaction that has no random id of its own.
pub(super) fn new_token() -> Result<String, Error> {
    Ok(BASE64URL_NOPAD.encode(&random::bytes::<16>()?))
}

/// The reason that DynamoDB gives for each write of a transaction that it cancelled.
fn codes(error: &SdkError<TransactWriteItemsError>) -> Option<Vec<String>> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons().iter();
            Some(reasons.map(|reason| reason.code().unwrap_or("None").to_owned()).collect())
        }
        _ => None,
    }
}
