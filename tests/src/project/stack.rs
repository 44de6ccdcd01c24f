//! The real thing: `make dev`'s program, the binaries under `cargo lambda watch`, and HTTP.
//!
//! One test, because the stack takes a while to start. Everything logs as much as it can be asked to,
//! and at the end no secret is in the logs.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::harness::browser::Browser;
use crate::harness::client::{PASSWORD, account};
use crate::harness::{free_port, proxy, root};
use crate::pages::browser::journeys;
use crate::project::walkthrough;

/// A cold build of the functions, on a slow machine.
const START: Duration = Duration::from_mins(20);
const STOP: Duration = Duration::from_secs(30);

struct Stack {
    child: Child,
    port: u16,
    log: Arc<Mutex<String>>,
}

impl Stack {
    /// Starts the stack with its data in a folder, and waits until it says that it is ready.
    async fn start(data: &Path, port: u16, log: &Arc<Mutex<String>>) -> Self {
        let mut child = local_command(&["dev", "--root", ".", "--tools", ".local/tools/bin"])
            .arg("--data")
            .arg(data)
            .args(["--port", &port.to_string()])
            .env("RUST_LOG", "trace")
            .env("AWS_LAMBDA_LOG_LEVEL", "TRACE")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
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
    async fn stop(mut self) {
        let pid = self.child.id().expect("a process").to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().await.expect("kill").success());
        let status = timeout(STOP, self.child.wait()).await.expect("it stops").expect("a status");
        assert!(status.success(), "{status}: {}", self.log.lock().expect("a lock"));
        let address = format!("127.0.0.1:{}", self.port);
        assert!(tokio::net::TcpStream::connect(&address).await.is_err(), "the functions outlive the stack");
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        local::http::send(&format!("127.0.0.1:{}", self.port), request).await.expect("an answer")
    }

    async fn get(&self, path: &str, cookie: &str) -> Response<Bytes> {
        self.send(Request::get(path).header("cookie", cookie).body(Full::default()).expect("a request")).await
    }

    async fn post(&self, path: &str, cookie: &str, body: &Value) -> Response<Bytes> {
        let request = Request::post(path).header("content-type", "application/json").header("cookie", cookie);
        self.send(request.body(Full::new(Bytes::from(body.to_string()))).expect("a request")).await
    }

    async fn submit(&self, path: &str, origin: &str, body: &str) -> Response<Bytes> {
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
fn binaries() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    own.parent().and_then(Path::parent).expect("target/debug").to_path_buf()
}

fn local_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binaries().join("local"));
    command.args(arguments).current_dir(root());
    command
}

async fn build(arguments: &[&str]) {
    let status = Command::new(env!("CARGO")).arg("build").args(arguments).current_dir(root()).status().await;
    assert!(status.expect("cargo").success());
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn session_cookie(answer: &Response<Bytes>) -> String {
    let cookie = answer.headers()["set-cookie"].to_str().expect("ASCII");
    cookie.split(';').next().expect("a cookie").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stack_serves_its_users_keeps_its_data_stops_cleanly_and_tells_no_secret() {
    assert!(
        root().join(".local/tools/bin/cargo-lambda").exists(),
        "cargo-lambda is missing: run the tests with `make test`"
    );
    build(&["--package", "local"]).await;
    let data = root().join("target/stack-test").join(std::process::id().to_string());
    let log = Arc::new(Mutex::new(String::new()));
    let port = free_port().await;

    let stack = Stack::start(&data, port, &log).await;
    let cookie = visit(&stack).await;
    walkthrough::run(port).await;
    if let Some(browser) = Browser::start().await {
        journeys::whole_visit(&browser, &format!("http://127.0.0.1:{port}")).await;
    }
    invoke(&stack).await;
    seed(&stack).await;
    corrupt_hash(&stack).await;
    let second = local_command(&["dev", "--port", &port.to_string(), "--data"])
        .arg(&data)
        .output()
        .await
        .expect("a run");
    assert!(
        !second.status.success() && text(&second).contains(&format!("port {port} is taken")),
        "{}",
        text(&second)
    );
    let refused = reset(&data).await;
    assert!(
        !refused.status.success() && text(&refused).contains("a running `make dev` uses"),
        "{}",
        text(&refused)
    );
    stack.stop().await;

    let stack = Stack::start(&data, port, &log).await;
    assert_eq!(stack.get("/profile", &cookie).await.status(), 200, "the data and the key are kept");
    assert_eq!(stack.post("/logout", &cookie, &json!({})).await.status(), 204);
    assert_eq!(stack.get("/profile", &cookie).await.status(), 401);
    stack.stop().await;

    bad_configuration_is_one_line().await;
    let log = log.lock().expect("a lock").clone();
    let keys = std::fs::read_to_string(data.join("signing-keys.json")).expect("the keys");
    assert!(reset(&data).await.status.success());
    assert!(!data.join("signing-keys.json").exists() && !data.join("latchkey.db").exists());
    let token = cookie.split('=').nth(1).expect("a token");
    let signature = token.rsplit('.').next().expect("a signature");
    assert!(log.contains("a stored password hash cannot be used"), "the lines of the functions are there");
    for secret in [
        PASSWORD,
        "another wrong password",
        "correct+horse",
        "$argon2id",
        token,
        signature,
        keys.split('"').nth(3).expect("a key"),
    ] {
        let found = log.lines().filter(|line| !is_of_cargo_lambda(line)).find(|line| line.contains(secret));
        assert!(found.is_none(), "{secret} is in the log: {found:?}");
    }
    std::fs::remove_dir_all(data).expect("the data is gone");
}

/// What a program, a person and an attacker would do; ends signed in.
async fn visit(stack: &Stack) -> String {
    let signed_up = stack.post("/signup", "", &account("charles.babbage")).await;
    assert_eq!(signed_up.status(), 201, "{signed_up:?}");
    let cookie = session_cookie(&signed_up);
    assert!(cookie.starts_with("latchkey-session="));
    let profile = stack.get("/profile", &cookie).await;
    let body: Value = serde_json::from_slice(profile.body()).expect("JSON");
    assert_eq!((profile.status().as_u16(), &body["user"]["username"]), (200, &json!("charles.babbage")));

    assert_eq!(stack.post("/logout", &cookie, &json!({})).await.status(), 204);
    assert_eq!(stack.get("/profile", &cookie).await.status(), 401);
    assert_eq!(stack.post("/signup", "", &account("charles.babbage")).await.status(), 409);
    let wrong = json!({ "identifier": "charles.babbage", "password": "another wrong password" });
    assert_eq!(stack.post("/login", "", &wrong).await.status(), 401);

    let origin = format!("http://127.0.0.1:{}", stack.port);
    let form = "identifier=CHARLES.babbage&password=correct+horse+battery";
    let logged_in = stack.submit("/login", &origin, form).await;
    assert_eq!(
        (logged_in.status().as_u16(), &logged_in.headers()["location"]),
        (303, &"/profile".parse().expect("a value"))
    );
    assert_eq!(stack.submit("/login", "http://evil.example", form).await.status(), 403);
    for (path, status) in [
        ("/", 200),
        ("/signup", 200),
        ("/login", 200),
        ("/nothing", 404),
        ("/signup/", 404),
        ("/logout", 405),
    ] {
        assert_eq!(stack.get(path, "").await.status(), status, "{path}");
    }
    session_cookie(&logged_in)
}

/// `cargo lambda invoke` with an event of the repository.
async fn invoke(stack: &Stack) {
    let output = Command::new(root().join(".local/tools/bin/cargo-lambda"))
        .args(["lambda", "invoke", "signup", "--data-file", "events/signup/submit-form.json"])
        .args(["--invoke-address", "127.0.0.1", "--invoke-port", &stack.port.to_string()])
        .current_dir(root())
        .output()
        .await
        .expect("cargo lambda invoke");
    let answer: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    assert_eq!((&answer["statusCode"], &answer["headers"]["location"]), (&json!(303), &json!("/profile")));
}

async fn reset(data: &Path) -> Output {
    local_command(&["reset", "--data"]).arg(data).output().await.expect("a run")
}

async fn seed(stack: &Stack) {
    for expected in ["signed up", "is there already"] {
        let output =
            local_command(&["seed", "--port", &stack.port.to_string()]).output().await.expect("a run");
        assert!(output.status.success() && text(&output).contains(expected), "{}", text(&output));
    }
}

/// Makes a function log an error: a credential gets a hash that is none, at the database's own address.
async fn corrupt_hash(stack: &Stack) {
    let log = stack.log.lock().expect("a lock").clone();
    let (_, rest) = log.split_once("database  http://").expect("the address of the database");
    let address = rest.split(' ').next().expect("an address");
    let update = json!({
        "TableName": "CredentialsTable", "Key": { "identifier": { "S": "username#charles.babbage" } },
        "UpdateExpression": "SET password_hash = :bad", "ExpressionAttributeValues": { ":bad": { "S": "$argon2id$" } },
    });
    let request = proxy::request("/", &proxy::dynamodb("UpdateItem"), Bytes::from(update.to_string()));
    let answer = local::http::send(address, request).await.expect("an answer");
    assert_eq!(answer.status(), 200, "{answer:?}");
    let refused =
        stack.post("/login", "", &json!({ "username": "charles.babbage", "password": PASSWORD })).await;
    assert_eq!(refused.status(), 401);
}

/// Asked to, cargo lambda traces whole requests; that is its business on a developer's machine.
fn is_of_cargo_lambda(line: &str) -> bool {
    ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].iter().any(|level| line.trim_start().starts_with(level))
}

/// The binaries themselves, started with what is wrong.
async fn bad_configuration_is_one_line() {
    build(&[]).await;
    for (function, variables, expected) in [
        ("logout", vec![], "AWS_ACCESS_KEY_ID is missing"),
        ("logout", vec![("PUBLIC_ORIGIN", "http://example.com")], "PUBLIC_ORIGIN must begin with https://"),
        (
            "profile",
            vec![("STACK_NAME", "x"), ("SIGNING_KEYS", "{\"0\":\"c2hvcnQ\"}")],
            "SIGNING_KEYS must be",
        ),
        (
            "signup",
            vec![("ARGON2_MEMORY_KIB", "1")],
            "ARGON2_MEMORY_KIB must be a whole number from 19456 to 131072",
        ),
    ] {
        let mut command = Command::new(binaries().join(function));
        command.env_clear().envs([("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")]);
        if !variables.is_empty() {
            command.envs([
                ("AWS_ACCESS_KEY_ID", "x"),
                ("AWS_SECRET_ACCESS_KEY", "x"),
                ("AWS_REGION", "us-east-1"),
            ]);
        }
        let output = command.envs(variables).output().await.expect("a run");
        let text = text(&output);
        assert!(!output.status.success());
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(expected), "{text}");
    }
}
