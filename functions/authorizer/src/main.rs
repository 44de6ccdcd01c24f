//! The entry point of the Lambda function `authorizer`. The library says what the function does.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    authorizer::run().await
}
