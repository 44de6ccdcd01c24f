//! The entry point of the Lambda function `token`. The library says what the function does.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    latchkey::http::serve::run(token::AccessTokens::new).await
}
