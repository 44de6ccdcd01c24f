//! The mailer: it sends what the mails table holds.
//!
//! The function has no route. A request writes an item of the mails table, and the table's stream calls the mailer with
//! the keys of new items. For each, the mailer reads the item, looks up who gets the mail, makes the secret of the link
//! if the mail has one, sends the mail with Amazon SES, and deletes the item.
//!
//! | what happens | then |
//! |---|---|
//! | SES takes the mail | the item is deleted |
//! | the mail is no longer wanted: its user is gone, or has confirmed meanwhile | the item is deleted |
//! | a user would get too many mails that strangers bring about | the item is deleted; the metric `MailsCapped` counts it |
//! | SES or the database fails in a way that may pass | the item stays, and Lambda calls again, for up to 24 hours |
//! | SES will never take the mail, or the item cannot be read | the item is deleted; `MailsLost` counts it, an alarm reports it |
//!
//! A mail is sent twice only if the function ends between the answer of SES and the deletion. Both links work then,
//! until the first use of either: what it does ends the other, too, or makes it do nothing more.
//!
//! The secret of a link is made at each attempt, and only its hash is stored. So no table and no stream ever holds a
//! link that works.

mod addressee;
mod delivery;
mod letter;
mod log;
mod sender;

use std::process::ExitCode;
use std::time::Duration;

use futures_util::future::join_all;
use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::config::Environment;
use latchkey::mail::MailId;
use latchkey::time::{Stopwatch, Timestamp};
use serde::{Deserialize, Serialize};

pub use crate::delivery::Mailer;
use crate::delivery::Outcome;

/// A batch of changes of the mails table:
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>.
#[derive(Debug, Deserialize)]
pub struct Event {
    /// The changes, in their order. The filter of the template lets only new items through.
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    dynamodb: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    keys: Keys,
    sequence_number: String,
}

#[derive(Debug, Deserialize)]
struct Keys {
    mail_id: Text,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: MailId,
}

/// The changes of which Lambda calls again. It begins with the first of them, so others come again, too; their items
/// are gone by then:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The changes whose mails were not sent.
    pub batch_item_failures: Vec<Failed>,
}

/// A change whose mail was not sent.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// The number of the change in the stream.
    pub item_identifier: String,
}

/// Starts the function from the environment variables, and serves until Lambda stops it.
pub async fn run() -> ExitCode {
    latchkey::lambda::process(serve()).await
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    // Lambda calls again at once. A service that is down or throttles gets time.
    const PAUSE: Duration = Duration::from_secs(10);
    let mailer = &Mailer::new(&Environment::from_process())?;
    let handler = |event: LambdaEvent<Event>| async move {
        let report = handle(mailer, &event.payload, Timestamp::now()).await;
        if !report.batch_item_failures.is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        Ok::<_, std::convert::Infallible>(report)
    };
    let done = lambda_runtime::run(service_fn(handler)).await;
    Ok(done.map_err(|error| format!("Lambda's runtime failed: {error}"))?)
}

/// Sends the mails of a batch, all at once, and writes a log entry for each.
pub async fn handle(mailer: &Mailer, event: &Event, now: Timestamp) -> Report {
    let deliveries = event.records.iter().map(|record| async move {
        let clock = Stopwatch::start();
        // Boxed, because the SDK's futures nest deeper than the compiler's recursion limit.
        let mail_id = &record.dynamodb.keys.mail_id.text;
        let delivered = Box::pin(mailer.deliver(mail_id, now)).await;
        log::write(&mailer.stack, mail_id, &delivered, clock.milliseconds(), now);
        let is_failed = matches!(delivered.outcome, Outcome::Again(_));
        is_failed.then(|| Failed { item_identifier: record.dynamodb.sequence_number.clone() })
    });
    Report { batch_item_failures: join_all(deliveries).await.into_iter().flatten().collect() }
}
