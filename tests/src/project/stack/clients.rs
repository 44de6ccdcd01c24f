//! Text browsers and HTTP clients at the stack, by their own defaults: `tests/clients` has what they do.

use std::io::Write as _;

use tokio::process::Command;

use crate::harness::client::PASSWORD;
use crate::harness::root;
use crate::project::stack::process::text;

/// Runs all clients that are installed, against the stack on this port. `username` has an account with [`PASSWORD`].
pub async fn run(port: u16, username: &str) {
    // Several clients keep no cookies of an address, but all keep those of a name.
    let (address, name) = (format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}"));
    for arguments in [vec!["browsers.py", &address], vec!["programs.py", &name, username, PASSWORD]] {
        let mut command = Command::new("python3");
        command.args(&arguments).current_dir(root().join("tests/clients"));
        let output = command.output().await.expect("python3");
        let printed = text(&output);
        assert!(output.status.success(), "{arguments:?}: {printed}");
        // The test runner captures the output of `eprintln!`.
        let skipped = printed
            .lines()
            .filter(|line| line.contains("SKIPPED"))
            .fold(String::new(), |all, line| all + line + "\n");
        std::io::stderr().write_all(skipped.as_bytes()).expect("standard error");
    }
}
