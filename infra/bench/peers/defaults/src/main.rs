//! Our profile with all the defaults: the settings loaded by the SDK, the threads of tokio, the roots of the system.

use std::process::ExitCode;

use aws_config::BehaviorVersion;

#[tokio::main]
async fn main() -> ExitCode {
    // As a tutorial's function begins; the clients of the tutorial would be made of it.
    let settings = aws_config::load_defaults(BehaviorVersion::latest()).await;
    std::hint::black_box(aws_sdk_dynamodb::Client::new(&settings));
    latchkey::http::serve::run(profile::Profile::new).await
}
