//! The entry point of the Lambda function `discovery`. The library says what the function does.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    latchkey::http::serve::run(discovery::Discovery::new).await
}
