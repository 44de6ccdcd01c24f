//! The process of a Lambda function, from its start to its end.

use std::process::ExitCode;

/// Runs a process: sets up the log, then does the work. If the work fails, the last log entry says why, and the exit
/// code is a failure.
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
