//! The Lambda function `login`; see its library for what it does.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    latchkey::http::serve::run(login::Login::new).await
}
