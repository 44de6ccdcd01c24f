//! An operator, who has the AWS CLI.

use tokio::process::Command;

use crate::harness::root;

/// The shell of a terminal, and that of a script which stops at the first failure, also in a pipe.
pub const SH: &[&str] = &["sh", "-euc"];
pub const BASH: &[&str] = &["bash", "-euo", "pipefail", "-c"];

/// Runs a script in the folder of the repository, with the server at this URL instead of AWS; what it prints.
pub async fn run(shell: &[&str], script: &str, endpoint: &str, variables: &[(&str, &str)]) -> String {
    let path = std::env::join_paths([root().join(".local/aws/bin"), "/usr/bin".into(), "/bin".into()]);
    let [shell, options @ ..] = shell else { panic!("no shell") };
    let output = Command::new(shell)
        .args(options)
        .arg(script)
        .current_dir(root())
        .env_clear()
        .env("PATH", path.expect("a path"))
        .envs(variables.iter().copied())
        .envs([
            ("AWS_ACCESS_KEY_ID", "operator"),
            ("AWS_SECRET_ACCESS_KEY", "operator"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", endpoint),
        ])
        .output()
        .await
        .expect("a shell");
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
