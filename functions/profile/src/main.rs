//! The Lambda function `profile`; see its library for what it does.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    latchkey::http::serve::run(profile::Profile::new).await
}
