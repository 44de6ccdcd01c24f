//! Libraries of others in Python and Node, which `make test` installs.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::harness::root;

/// Runs a script of `tests/libraries` with this input; its output.
pub async fn run(script: &str, input: &Value) -> Value {
    run_with(script, &[], input).await
}

/// The same with arguments.
pub async fn run_with(script: &str, arguments: &[&str], input: &Value) -> Value {
    let installed = root().join(".local/libraries");
    let is_python = Path::new(script).extension().is_some_and(|extension| extension == "py");
    let interpreter = if is_python { "python" } else { "node" };
    let mut process = Command::new(installed.join("bin").join(interpreter))
        .arg(root().join("tests/libraries").join(script))
        .args(arguments)
        .env("NODE_PATH", installed.join("node_modules"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the libraries; `make test` installs them");
    let mut stdin = process.stdin.take().expect("a pipe");
    stdin.write_all(input.to_string().as_bytes()).await.expect("it reads its input");
    drop(stdin);
    let output = process.wait_with_output().await.expect("a run");
    assert!(output.status.success(), "{script}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}
