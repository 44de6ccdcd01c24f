//! The Lambda function `logout`; see its library for what it does.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    shared::http::serve::run(logout::Logout::new).await
}
