//! The Lambda function `rotation`; see its library for what it does.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    rotation::run().await
}
