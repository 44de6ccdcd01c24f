//! The streams of tables, as Lambda reads them: it calls a function with new items, in batches, and again with those of
//! which the function says that they failed.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>

use std::convert::Infallible;
use std::time::Duration;

use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;
use dynoxide::{Database, streams};
use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::Failure;

/// The time between two looks at a stream.
const PAUSE: Duration = Duration::from_millis(200);
/// The most items in a batch, as in the template.
const BATCH: usize = 10;

/// Calls a function with the new items of a table, and never returns. `invoke` returns the output of the function, or
/// `None` if it failed.
pub async fn feed<F>(database: Database, table: String, invoke: impl Fn(Bytes) -> F) -> Infallible
where
    F: Future<Output = Option<Bytes>>,
{
    let mut stream = Stream::new(database, table);
    loop {
        match stream.new_items() {
            Ok(records) => {
                for batch in records.chunks(BATCH) {
                    deliver(batch, &invoke).await;
                }
            }
            Err(error) => eprintln!("latchkey: the stream of {} cannot be read: {error}", stream.table),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Calls the function until it has taken the whole batch.
async fn deliver<F>(mut batch: &[Value], invoke: &impl Fn(Bytes) -> F)
where
    F: Future<Output = Option<Bytes>>,
{
    while !batch.is_empty() {
        let output = invoke(json!({ "Records": batch }).to_string().into()).await;
        let report = output.and_then(|output| serde_json::from_slice::<Value>(&output).ok());
        let Some(report) = report else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        batch = failed(batch, &report);
    }
}

/// The part of a batch that begins with the first item that failed.
fn failed<'a>(batch: &'a [Value], report: &Value) -> &'a [Value] {
    let failures = report.get("batchItemFailures").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_failed = |record: &Value| {
        let number = record.pointer("/dynamodb/SequenceNumber");
        failures.iter().any(|failure| failure.get("itemIdentifier") == number)
    };
    let first = batch.iter().position(is_failed).unwrap_or(batch.len());
    batch.get(first..).unwrap_or_default()
}

/// The stream of a table, and how far it was read.
pub struct Stream {
    database: Database,
    table: String,
    position: Option<String>,
}

impl Stream {
    /// The stream of a table, of which nothing was read.
    #[must_use]
    pub fn new(database: Database, table: String) -> Self {
        Self { database, table, position: None }
    }

    /// The new items since the last time this was called, as records of the stream.
    ///
    /// # Errors
    /// When the table has no stream.
    pub fn new_items(&mut self) -> Result<Vec<Value>, Failure> {
        let shard_iterator = match self.position.take() {
            Some(position) => position,
            None => self.beginning()?,
        };
        let output = self.database.get_records(GetRecordsRequest { shard_iterator, limit: None })?;
        self.position = output.next_shard_iterator;
        let new = output.records.iter().filter(|record| record.event_name == "INSERT");
        Ok(new.map(serde_json::to_value).collect::<Result<_, _>>()?)
    }

    /// Where to begin: at the oldest item. If the table is empty, all have been dealt with, so at the next one.
    fn beginning(&self) -> Result<String, Failure> {
        let table_name = Some(self.table.clone());
        let streams = ListStreamsRequest { table_name, ..ListStreamsRequest::default() };
        let stream = self.database.list_streams(streams)?.streams.pop().ok_or("the table has no stream")?;
        let items = json!({ "TableName": self.table, "Limit": 1 });
        let is_empty = self.database.scan(serde_json::from_value(items)?)?.count == 0;
        let request = GetShardIteratorRequest {
            stream_arn: stream.stream_arn,
            shard_id: streams::shard_id(&self.table),
            shard_iterator_type: if is_empty { "LATEST" } else { "TRIM_HORIZON" }.to_owned(),
            sequence_number: None,
        };
        let position = self.database.get_shard_iterator(request)?.shard_iterator;
        Ok(position.ok_or("the stream has no position")?)
    }
}
