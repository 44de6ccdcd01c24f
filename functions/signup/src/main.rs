//! The Lambda function `signup`; see its library for what it does.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    latchkey::http::serve::run(signup::Signup::new).await
}
