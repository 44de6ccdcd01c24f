//! How many sessions there are, for an operator.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, Select};

use crate::aws::failure;
use crate::error::Error;
use crate::store::client::item_count;
use crate::store::item::{Item, number};
use crate::store::sessions::Sessions;
use crate::time::Timestamp;

/// What a page of the table counts.
#[derive(Debug)]
pub struct SessionCount {
    /// The sessions that have not expired. An epoch may have ended some of them.
    pub found: u64,
    /// The number of items that the page has read.
    pub read: u64,
    /// The read request units that it took.
    pub units: f64,
    /// Where the next page begins. `None` if this is the last one.
    pub next: Option<Start>,
}

/// Where a page begins.
#[derive(Debug)]
pub struct Start(pub(super) Item);

impl Sessions {
    /// The number of items, as DynamoDB has last counted them. It is some hours old.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn count(&self) -> Result<u64, Error> {
        item_count(&self.client, &self.table).await
    }

    /// Counts the next page of the table, of about a megabyte.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn count_page(&self, now: Timestamp, start: Option<Start>) -> Result<SessionCount, Error> {
        let scan = self.client.scan().table_name(&self.table).select(Select::Count);
        let page = scan
            .set_exclusive_start_key(start.map(|start| start.0))
            .filter_expression("expires_at > :now")
            .expression_attribute_values(":now", number(now.as_seconds()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| failure(&error))?;
        let units = page.consumed_capacity.and_then(|consumed| consumed.capacity_units);
        Ok(SessionCount {
            found: u64::try_from(page.count).unwrap_or_default(),
            read: u64::try_from(page.scanned_count).unwrap_or_default(),
            units: units.unwrap_or_default(),
            next: page.last_evaluated_key.map(Start),
        })
    }
}
