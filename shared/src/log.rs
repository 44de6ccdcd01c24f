//! Log lines: JSON on standard output, which Lambda hands to CloudWatch.
//!
//! The levels are fixed here. At `TRACE` the dependencies print whole events and rows, with passwords
//! and hashes in them; neither `RUST_LOG` nor `AWS_LAMBDA_LOG_LEVEL` can ask for that.

use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Begins logging; for the start of a process.
pub fn init() {
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
        .with_target("shared", Level::INFO)
        // It warns that `cargo lambda watch` sets AWS_LAMBDA_MAX_CONCURRENCY, at every start.
        .with_target("lambda_runtime", Level::ERROR);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    tracing_subscriber::registry().with(levels).with(lines.with_writer(writer))
}
