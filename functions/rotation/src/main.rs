//! The Lambda function `rotation`; see its library for what it does.

// The futures of the SDK nest deeper than the compiler follows by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    rotation::run().await
}
