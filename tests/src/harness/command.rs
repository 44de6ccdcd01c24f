//! The operator's command `latchkey`, as a process, for the stack of a test.

use std::path::PathBuf;
use std::process::Stdio;

use latchkey::account::UserId;
use latchkey::time::Timestamp;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::harness::latchkey::keys;
use crate::harness::{Latchkey, root, template};

/// The command for a stack that looks like that of `make dev`.
pub struct Operator {
    pub latchkey: Latchkey,
    /// What `make dev` would write.
    folder: PathBuf,
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
    /// An empty stack. Its clock is that of this machine, which the command reads.
    pub async fn start() -> Self {
        let latchkey = Latchkey::start().await;
        latchkey.pass(Timestamp::now().as_seconds() - latchkey.now());
        let name = UserId::random().expect("a name");
        let folder = std::env::temp_dir().join(format!("latchkey-{}", name.as_str()));
        std::fs::create_dir(&folder).expect("a folder");
        let tables: Vec<String> = template().tables().into_iter().map(|table| table.name).collect();
        let stack = json!({
            "url": "http://127.0.0.1:9000",
            "database": latchkey.database.endpoint(),
            "tables": tables,
        });
        for (name, text) in [("stack.json", stack.to_string()), ("signing-keys.json", keys())] {
            std::fs::write(folder.join(name), text).expect("a file");
        }
        Self { latchkey, folder }
    }

    /// Runs the command with these arguments, without a terminal.
    pub async fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, "").await
    }

    /// Runs the command on a terminal, and returns all that it shows.
    pub async fn run_on_a_terminal(&self, arguments: &[&str]) -> String {
        let local = format!("--local={}", self.folder.display());
        let output = Command::new(root().join(".local/libraries/bin/python"))
            .args(["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"])
            .arg(program())
            .arg(local)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("Python; `make test` installs it");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The same with this standard input.
    pub async fn run_with(&self, arguments: &[&str], input: &str) -> Done {
        let local = format!("--local={}", self.folder.display());
        let mut process = Command::new(program())
            .arg(local)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the command; `cargo build --workspace --bins` makes it");
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

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
