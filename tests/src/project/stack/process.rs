//! `make dev` as a process: how the test starts it, sends requests to it, and stops it.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::harness::root;

/// A cold build of the functions, on a slow machine.
const START: Duration = Duration::from_mins(20);
const STOP: Duration = Duration::from_secs(30);

/// A running `make dev`.
pub struct Stack {
    child: Child,
    pub port: u16,
    pub log: Arc<Mutex<String>>,
}

impl Stack {
    /// Starts the stack with its data in a folder, and waits until it says that it is ready.
    pub async fn start(data: &Path, port: u16, log: &Arc<Mutex<String>>) -> Self {
        let mut child = local_command(&["dev", "--root", "."])
            .arg("--data")
            .arg(data)
            .args(["--port", &port.to_string()])
            .env("RUST_LOG", "trace")
            .env("AWS_LAMBDA_LOG_LEVEL", "TRACE")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            // No server is there. A function that used it could not reach the database.
            .env("http_proxy", "http://127.0.0.1:1")
            .env("HTTP_PROXY", "http://127.0.0.1:1")
            .env("ALL_PROXY", "http://127.0.0.1:1")
            .env("LANG", "C")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("target/debug/local");
        let (ready, is_ready) = oneshot::channel();
        tokio::spawn(collect(child.stdout.take().expect("a pipe"), log.clone(), Some(ready)));
        tokio::spawn(collect(child.stderr.take().expect("a pipe"), log.clone(), None));
        let waited = timeout(START, is_ready).await;
        assert!(matches!(waited, Ok(Ok(()))), "the stack does not start:\n{}", log.lock().expect("a lock"));
        Self { child, port, log: log.clone() }
    }

    /// Presses Ctrl-C.
    pub async fn stop(mut self) {
        let pid = self.child.id().expect("a process").to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().await.expect("kill").success());
        let status = timeout(STOP, self.child.wait()).await.expect("it stops").expect("a status");
        assert!(status.success(), "{status}: {}", self.log.lock().expect("a lock"));
        let address = format!("127.0.0.1:{}", self.port);
        assert!(tokio::net::TcpStream::connect(&address).await.is_err(), "the functions outlive the stack");
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        local::http::send(&format!("127.0.0.1:{}", self.port), request).await.expect("a response")
    }

    /// The address and the path of the database.
    pub fn database(&self) -> (String, String) {
        self.printed("database  http://")
    }

    /// The address and the path of the mailbox.
    pub fn mailbox(&self) -> (String, String) {
        self.printed("mailbox   http://")
    }

    /// The address and the path of what the stack has printed after this text.
    fn printed(&self, name: &str) -> (String, String) {
        let log = self.log.lock().expect("a lock").clone();
        let (_, rest) = log.split_once(name).expect(name);
        let (address, path) = rest.split(' ').next().expect("an address").split_once('/').expect("a path");
        (address.to_owned(), format!("/{path}"))
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Response<Bytes> {
        self.send(Request::get(path).header("cookie", cookie).body(Full::default()).expect("a request")).await
    }

    pub async fn head(&self, path: &str) -> Response<Bytes> {
        self.send(Request::head(path).body(Full::default()).expect("a request")).await
    }

    pub async fn post(&self, path: &str, cookie: &str, body: &Value) -> Response<Bytes> {
        let request = Request::post(path).header("content-type", "application/json").header("cookie", cookie);
        self.send(request.body(Full::new(Bytes::from(body.to_string()))).expect("a request")).await
    }

    pub async fn submit(&self, path: &str, origin: &str, body: &str) -> Response<Bytes> {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .header("origin", origin);
        self.send(request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request")).await
    }
}

async fn collect(
    pipe: impl AsyncRead + Unpin,
    log: Arc<Mutex<String>>,
    mut ready: Option<oneshot::Sender<()>>,
) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.contains("ready at http://127.0.0.1:") {
            ready.take().map(|ready| ready.send(()));
        }
        let mut log = log.lock().expect("a lock");
        log.push_str(&line);
        log.push('\n');
    }
}

/// The folder of the binaries: the tests run from its folder `deps`.
pub fn binaries() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    own.parent().and_then(Path::parent).expect("target/debug").to_path_buf()
}

/// The program behind `make dev` and its siblings.
pub fn local_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binaries().join("local"));
    command.args(arguments).current_dir(root());
    command
}

/// All that a program has printed.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
