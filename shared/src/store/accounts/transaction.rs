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

/// The most writes of one transaction.
pub(super) const MOST: usize = 100;

impl Accounts {
    /// Writes groups of at most [`MOST`] items together, each whole or not at all. A group whose condition fails does
    /// not keep the others out. If it fails, some groups may be written, and it can be repeated.
    ///
    /// For each group, whether the condition of each of its writes failed: nothing if it was written.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub(super) async fn transact_each(
        &self,
        groups: Vec<Vec<TransactWriteItem>>,
    ) -> Result<Vec<Vec<bool>>, Error> {
        let mut ended = vec![Vec::new(); groups.len()];
        let mut waiting: Vec<(usize, Vec<TransactWriteItem>)> = groups.into_iter().enumerate().collect();
        while !waiting.is_empty() {
            let items = waiting.iter().flat_map(|(_, group)| group.clone()).collect();
            let mut conditions = match self.transact(&new_token()?, items).await? {
                Ended::Applied => break,
                Ended::Failed { conditions, error } if !conditions.contains(&true) => return Err(error),
                Ended::Failed { conditions, .. } => conditions.into_iter(),
            };
            // The places of the failed conditions tell which groups are left out. The others are sent again.
            waiting.retain(|(number, group)| {
                let failed: Vec<bool> = conditions.by_ref().take(group.len()).collect();
                let is_left_out = failed.contains(&true);
                if let Some(place) = ended.get_mut(*number).filter(|_| is_left_out) {
                    *place = failed;
                }
                !is_left_out
            });
        }
        Ok(ended)
    }

    /// Writes all of these items, or none. The SDK does not retry conflicts. DynamoDB applies a transaction of the same
    /// `token` once.
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
            if retries == self.retries {
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
