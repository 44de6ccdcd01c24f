//! moto, a server with APIs of AWS: the tests use its Secrets Manager, CloudFormation, Lambda and S3.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::harness::{operator, root};

/// A server of one test, which ends with it.
pub struct Moto {
    /// Like `127.0.0.1:5000`.
    pub address: String,
    _server: Child,
}

impl Moto {
    /// Starts an empty server on a free port.
    pub async fn start() -> Self {
        let mut server = Command::new(root().join(".local/aws/bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("moto; `make test` installs it");
        let mut lines = BufReader::new(server.stderr.take().expect("a pipe")).lines();
        let address = loop {
            let line = lines.next_line().await.expect("a line").expect("the address of moto");
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().to_owned();
            }
        };
        // The rest of its output must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { address, _server: server }
    }

    /// Runs a shell script with the AWS CLI as an operator of this server; what it prints.
    pub async fn run(&self, script: &str) -> String {
        operator::run(operator::BASH, script, &format!("http://{}", self.address), &[]).await
    }
}
