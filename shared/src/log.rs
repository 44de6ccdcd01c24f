//! Log lines: JSON on standard output, which Lambda hands to CloudWatch.
//!
//! The levels are fixed here. At `TRACE` the dependencies print whole events and rows, with passwords
//! and hashes in them; neither `RUST_LOG` nor `AWS_LAMBDA_LOG_LEVEL` can ask for that.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The target of lines that are whole JSON objects already.
pub(crate) const REQUEST: &str = "latchkey::request";

/// Logs from now on, to standard output.
pub(crate) fn init() {
    // A second initialisation, in a test, keeps the first.
    let _ = lines(std::io::stdout).try_init();

    // What a panic says may hold the value that it choked on. Where it happened is enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

/// What is logged becomes lines for this writer: each is one JSON object, whatever stands in it.
pub fn lines<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let levels = Targets::new()
        .with_default(Level::WARN)
        .with_target("latchkey", Level::INFO)
        // It warns that `cargo lambda watch` sets AWS_LAMBDA_MAX_CONCURRENCY, at every start.
        .with_target("lambda_runtime", Level::ERROR);
    let format = Lines(tracing_subscriber::fmt::format().json().flatten_event(true).with_current_span(false));
    let lines = tracing_subscriber::fmt::layer().fmt_fields(JsonFields::new()).event_format(format);
    tracing_subscriber::registry().with(levels).with(lines.with_writer(writer))
}

/// Writes the lines of requests as they are, because metrics need nested members, and makes JSON of all others.
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
        if event.metadata().target() != REQUEST {
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
