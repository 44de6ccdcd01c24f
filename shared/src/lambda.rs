//! A process on Lambda, from its start to its end.

use std::process::ExitCode;

/// The whole of a process: it logs from now on, and at the end why it failed, in one line.
pub async fn process(work: impl Future<Output = Result<(), lambda_runtime::Error>>) -> ExitCode {
    crate::log::init();
    match work.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
