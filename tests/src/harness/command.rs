//! The operator's command `latchkey`, as a process, for the stack of a test.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use latchkey::time::Timestamp;
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::harness::latchkey::keys;
use crate::harness::{Folder, Latchkey, SecretsManager, root, template};

/// The command for the stack of a test.
pub struct Operator {
    pub latchkey: Latchkey,
    /// The options that name the stack.
    options: Vec<String>,
    /// The variables of the operator's shell.
    variables: Vec<(&'static str, String)>,
    /// What `make dev` would write.
    folder: Folder,
    /// The secrets of the account.
    pub account: Option<SecretsManager>,
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    /// The answer of a command that succeeded.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// The same as JSON.
    pub fn json(self) -> Value {
        serde_json::from_str(&self.ok()).expect("JSON")
    }
}

/// The program, which cargo puts beside that of the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("this program");
    tests.ancestors().nth(2).expect("the folder of the programs").join("latchkey")
}

impl Operator {
    /// An empty stack that looks like that of `make dev`.
    pub async fn start() -> Self {
        let operator = Self::without_a_stack().await;
        let tables: Vec<String> = template().tables().into_iter().map(|table| table.name).collect();
        let stack = json!({
            "url": "http://127.0.0.1:9000",
            "database": operator.latchkey.database.endpoint(),
            "tables": tables,
        });
        for (name, text) in [("stack.json", stack.to_string()), ("signing-keys.json", keys())] {
            std::fs::write(operator.folder.0.join(name), text).expect("a file");
        }
        Self { options: vec![format!("--local={}", operator.folder.0.display())], ..operator }
    }

    /// An empty stack in an account, in which the operator has one policy of the template.
    pub async fn in_an_account(policy: &str) -> Self {
        let operator = Self::without_a_stack().await;
        let database = &operator.latchkey.database;
        let secrets = SecretsManager::start(database, &keys()).await;
        let outputs = template().json()["Outputs"].as_object().expect("outputs").keys();
        let value = |name: &str| match name {
            "Issuer" => json!("https://app.example.com"),
            "Version" => json!(env!("CARGO_PKG_VERSION")),
            // The tables of the tests have the names of their resources.
            name => json!(name),
        };
        let outputs: Map<String, Value> =
            outputs.map(|name| (name.clone(), json!({ "Value": value(name) }))).collect();
        let stack = json!({
            "Parameters": {
                "LoginFreeFailures": { "Type": "Number", "Default": 10 },
                "MailFrom": { "Type": "String", "Default": "no-reply@example.com" },
            },
            "Resources": { "Topic": { "Type": "AWS::SNS::Topic" } },
            "Outputs": outputs,
        });
        let create =
            format!("aws cloudformation create-stack --stack-name latchkey --template-body '{stack}'");
        secrets.moto().run(&create).await;
        let variables = vec![
            ("AWS_ACCESS_KEY_ID", policy.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", secrets.moto().address)),
            ("AWS_ENDPOINT_URL_DYNAMODB", database.endpoint().to_owned()),
            // The proxy forwards these to moto.
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", database.endpoint().to_owned()),
            ("AWS_ENDPOINT_URL_LAMBDA", secrets.serve_lambda().await),
        ];
        Self { variables, account: Some(secrets), ..operator }
    }

    /// The same command with one policy of the template, for the stack in the account behind this URL.
    pub fn before(self, url: &str, policy: &str) -> Self {
        let variables = [
            ("AWS_ACCESS_KEY_ID", policy),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", url),
        ];
        let variables = variables.map(|(name, value)| (name, value.to_owned())).to_vec();
        Self { variables, ..self }
    }

    /// The same command with another variable.
    pub fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.variables.push((variable, value.to_owned()));
        self
    }

    /// An empty deployment, whose clock is that of this machine, which the command reads.
    pub async fn without_a_stack() -> Self {
        let latchkey = Latchkey::start().await;
        latchkey.pass(Timestamp::now().as_seconds() - latchkey.now());
        Self { latchkey, options: vec![], variables: vec![], folder: Folder::temporary(), account: None }
    }

    /// The path of a new folder that ends with the test.
    pub fn folder(&self, name: &str) -> String {
        self.folder.0.join(name).to_str().expect("UTF-8").to_owned()
    }

    /// Runs the command with these arguments, without a terminal.
    pub async fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, "").await
    }

    /// Runs a script of a document, in which the command has the options of this stack; what it prints.
    pub async fn shell(&self, script: &str) -> String {
        let folder = program().parent().expect("a folder").to_owned();
        let path = std::env::join_paths([folder, "/usr/bin".into(), "/bin".into()]).expect("a path");
        let options = self.options.join(" ");
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c"])
            .arg(format!("latchkey() {{ command latchkey {options} \"$@\"; }}\n{script}"))
            .env_clear()
            .env("PATH", path)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder.0)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("a shell");
        assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs the command on a terminal, and returns all that it shows.
    pub async fn run_on_a_terminal(&self, arguments: &[&str]) -> String {
        let output = Command::new(root().join(".local/libraries/bin/python"))
            .args(["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"])
            .arg(program())
            .args(&self.options)
            .args(arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .await
            .expect("Python; `make test` installs it");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs the command, and returns its peak memory in KiB.
    pub async fn peak_memory(&self, arguments: &[&str]) -> (Done, u64) {
        const SCRIPT: &str = "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; \
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)";
        let output = Command::new(root().join(".local/libraries/bin/python"))
            .args(["-c", SCRIPT])
            .arg(program())
            .args(&self.options)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("Python; `make test` installs it");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let (out, err) = (text(output.stdout), text(output.stderr));
        let memory = out.lines().last().and_then(|line| line.parse().ok()).expect("a number");
        (Done { code: output.status.code().expect("a code"), out, err }, memory)
    }

    /// The command. `cargo build --workspace --bins` makes it.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(&self.options)
            .args(arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder.0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Starts the command, and kills it after this time; whether it was still running.
    pub async fn kill_after(&self, arguments: &[&str], delay: Duration) -> bool {
        let mut process = self.command(arguments).stdin(Stdio::null()).spawn().expect("the command");
        let is_running = tokio::time::timeout(delay, process.wait()).await.is_err();
        if is_running {
            process.kill().await.expect("an end");
        }
        is_running
    }

    /// The same with this standard input.
    pub async fn run_with(&self, arguments: &[&str], input: &str) -> Done {
        let mut process = self.command(arguments).stdin(Stdio::piped()).spawn().expect("the command");
        let mut stdin = process.stdin.take().expect("a pipe");
        // The command may end before it reads.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = process.wait_with_output().await.expect("an end");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("a code");
        Done { code, out: text(output.stdout), err: text(output.stderr) }
    }
}
