//! The program `latchkey`. What it does is in the library, which also the fuzz targets use.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    operator::main().await
}
