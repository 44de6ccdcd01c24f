//! Latchkey's profile with all the defaults: settings that the SDK loads, tokio's threads, and the system's roots.

use std::process::ExitCode;

use aws_config::BehaviorVersion;

#[tokio::main]
async fn main() -> ExitCode {
    // Tutorials begin like this, and create their clients from these settings.
    let settings = aws_config::load_defaults(BehaviorVersion::latest()).await;
    std::hint::black_box(aws_sdk_dynamodb::Client::new(&settings));
    latchkey::http::serve::run(profile::Profile::new).await
}
