//! The program `latchkey`. What it does is in the library, which also the fuzz targets use.

use std::process::ExitCode;

#[tokio::main(worker_threads = 1)]
async fn main() -> ExitCode {
    operator::main().await
}
