//! Log entries: each is one JSON object on a line of standard output, which Lambda sends to CloudWatch.
//!
//! The levels are fixed here. At `TRACE`, dependencies print whole events and items, with the passwords and hashes in
//! them. Neither `RUST_LOG` nor `AWS_LAMBDA_LOG_LEVEL` can raise a level.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::time::Timestamp;

/// The target of log entries whose message is a whole JSON object already.
const WHOLE: &str = "latchkey::whole";

/// Makes this process log to standard output.
pub(crate) fn init() {
    // A second initialisation, in a test, keeps the first.
    let _ = lines(std::io::stdout).try_init();

    // A panic's message may contain the value that caused it. The place in the code is enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

/// A subscriber that writes each log entry to `writer`, as one JSON object on a line of its own.
pub fn lines<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let levels = Targets::new()
        .with_default(Level::WARN)
        .with_target("latchkey", Level::INFO)
        // It warns at every start where a tool such as `cargo lambda watch` sets AWS_LAMBDA_MAX_CONCURRENCY.
        .with_target("lambda_runtime", Level::ERROR);
    let format = Lines(tracing_subscriber::fmt::format().json().flatten_event(true).with_current_span(false));
    let lines = tracing_subscriber::fmt::layer().fmt_fields(JsonFields::new()).event_format(format);
    tracing_subscriber::registry().with(levels).with(lines.with_writer(writer))
}

/// Writes a log entry that is a JSON object of its own, such as that of a request.
pub fn write(entry: &impl Serialize) {
    if let Ok(entry) = serde_json::to_string(entry) {
        tracing::info!(target: WHOLE, "{entry}");
    }
}

/// The members of a log entry of which CloudWatch makes metrics, each counted once: the embedded metric format,
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
/// None without a name.
#[must_use]
pub fn metrics(stack: &str, names: &[&str], now: Timestamp) -> Map<String, Value> {
    if names.is_empty() {
        return Map::new();
    }
    let metrics: Vec<Value> = names.iter().map(|name| json!({ "Name": name, "Unit": "Count" })).collect();
    let metadata = json!({
        "Timestamp": now.as_seconds().saturating_mul(1_000),
        "CloudWatchMetrics": [{ "Namespace": "Latchkey", "Dimensions": [["Stack"]], "Metrics": metrics }],
    });
    let counts = names.iter().map(|name| ((*name).to_owned(), json!(1)));
    [("Stack".to_owned(), json!(stack)), ("_aws".to_owned(), metadata)].into_iter().chain(counts).collect()
}

/// The format of log entries. The entry of a request is written as it is, because its metrics need nested members. All
/// others are formatted as JSON.
struct Lines(Format<Json>);

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if event.metadata().target() != WHOLE {
            return self.0.format_event(context, writer, event);
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        writeln!(writer, "{}", message.0)
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
