//! The real thing: `make dev`'s program, the functions as processes, and HTTP.
//!
//! One test, because the stack takes a while to start. Everything logs as much as it can be asked to,
//! and at the end no secret is in the logs.

mod clients;
mod guards;
mod mail;
pub mod process;

use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use local::functions;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::harness::browser::Browser;
use crate::harness::client::{PASSWORD, account};
use crate::harness::{free_port, proxy, root};
use crate::pages::browser::journeys;
use crate::project::stack::process::{Stack, binaries, local_command, text};
use crate::project::walkthrough;

fn session_cookie(response: &Response<Bytes>) -> String {
    let cookie = response.headers()["set-cookie"].to_str().expect("ASCII");
    cookie.split(';').next().expect("a cookie").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stack_serves_its_users_keeps_its_data_stops_cleanly_and_tells_no_secret() {
    functions::build(&root()).await.expect("a build");
    let data = root().join("target/stack-test").join(std::process::id().to_string());
    let log = Arc::new(Mutex::new(String::new()));
    let port = free_port().await;

    let stack = Stack::start(&data, port, &log).await;
    let cookie = visit(&stack).await;
    walkthrough::run(port).await;
    clients::run(port, "charles.babbage").await;
    let mut secrets = Vec::new();
    if let Some(browser) = Browser::start().await {
        journeys::whole_visit(&browser, &format!("http://127.0.0.1:{port}")).await;
        secrets = mail::visit(&browser, &stack).await;
    }
    invoke(&stack).await;
    seed(&stack).await;
    guards::refuse_web_pages_and_other_hosts(&stack).await;
    guards::keep_the_data_private(&data);
    operate(&data, "charles.babbage").await;
    corrupt_hash(&stack).await;
    refuses_a_second_stack_and_a_reset(&data, port).await;
    stack.stop().await;

    let stack = Stack::start(&data, port, &log).await;
    assert_eq!(stack.get("/profile", &cookie).await.status(), 200, "the data and the key are kept");
    assert_eq!(stack.post("/logout", &cookie, &json!({})).await.status(), 204);
    assert_eq!(stack.get("/profile", &cookie).await.status(), 401);
    stack.stop().await;
    assert!(!data.join("stack.json").exists(), "the operator's command finds running stacks only");

    bad_configuration_is_one_line().await;
    stops_at_a_wrong_variable(&data, port).await;
    let keys = std::fs::read_to_string(data.join("signing-keys.json")).expect("the keys");
    assert!(reset(&data).await.status.success());
    assert!(!data.join("signing-keys.json").exists() && !data.join("latchkey.db").exists());
    let key = keys.split('"').nth(3).expect("a key");
    secrets.push(key.to_owned());
    no_secret_is_logged(&log.lock().expect("a lock"), &cookie, &secrets);
    std::fs::remove_dir_all(data).expect("the data is gone");
}

/// The operator's command finds the running stack by its folder, and a user in it.
async fn operate(data: &Path, username: &str) {
    let local = format!("--local={}", data.display());
    let shown =
        Command::new(binaries().join("latchkey")).args([&*local, "user", "show", username]).output().await;
    let shown = shown.expect("the command; `cargo build --workspace --bins` makes it");
    assert!(shown.status.success() && text(&shown).contains(username), "{}", text(&shown));
    let sound = Command::new(binaries().join("latchkey")).args([&*local, "doctor"]).output().await;
    let sound = sound.expect("the command");
    assert!(sound.status.success(), "{}", text(&sound));
}

/// While the stack runs, its port and its data are taken.
async fn refuses_a_second_stack_and_a_reset(data: &Path, port: u16) {
    let second = local_command(&["dev", "--port", &port.to_string(), "--data"]).arg(data).output().await;
    let second = second.expect("a run");
    let (is_refused, printed) = (!second.status.success(), text(&second));
    assert!(is_refused && printed.contains(&format!("port {port} is taken")), "{printed}");
    let reset = reset(data).await;
    let (is_refused, printed) = (!reset.status.success(), text(&reset));
    assert!(is_refused && printed.contains("a running `make dev` uses"), "{printed}");
}

/// A variable of the shell that the functions refuse ends the stack with their message.
async fn stops_at_a_wrong_variable(data: &Path, port: u16) {
    let mut stack = local_command(&["dev", "--root", ".", "--port", &port.to_string(), "--data"]);
    let stopped = stack.arg(data).env("SIGNUP_MODE", "CLOSED").output().await.expect("a run");
    let (is_refused, printed) = (!stopped.status.success(), text(&stopped));
    assert!(is_refused && printed.contains("SIGNUP_MODE must be open, by-email or closed"), "{printed}");
    assert!(printed.contains("does not start. See its message above"), "{printed}");
}

/// Everything was logged that can be asked for.
fn no_secret_is_logged(log: &str, cookie: &str, secrets: &[String]) {
    let token = cookie.split('=').nth(1).expect("a token");
    let signature = token.rsplit('.').next().expect("a signature");
    assert!(log.contains("a stored password hash cannot be used"), "the entries of the functions are in it");
    let typed = [PASSWORD, "another wrong password", "correct+horse", "another horse", "$argon2id"];
    for secret in typed.into_iter().chain([token, signature]).chain(secrets.iter().map(String::as_str)) {
        let found = log.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "{secret} is in the log: {found:?}");
    }
}

/// What a program, a person and an attacker would do; ends signed in.
async fn visit(stack: &Stack) -> String {
    let signed_up = stack.post("/signup", "", &account("charles.babbage")).await;
    assert_eq!(signed_up.status(), 201, "{signed_up:?}");
    let cookie = session_cookie(&signed_up);
    assert!(cookie.starts_with(&format!("latchkey-{}-session=", stack.port)));
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
        let (get, head) = (stack.get(path, "").await, stack.head(path).await);
        assert_eq!((get.status().as_u16(), head.status().as_u16()), (status, status), "{path}");
        assert_eq!(head.headers()["content-length"], get.body().len().to_string(), "{path}");
        assert!(head.body().is_empty() && !get.headers().contains_key("strict-transport-security"));
    }
    session_cookie(&logged_in)
}

/// The function's own address, with an event of the repository.
async fn invoke(stack: &Stack) {
    let event = std::fs::read(root().join("events/signup/submit-form.json")).expect("an event");
    let request = Request::post("/2015-03-31/functions/signup/invocations").body(Full::new(event.into()));
    let answer = stack.send(request.expect("a request")).await;
    let answer: Value = serde_json::from_slice(answer.body()).expect("the function's response");
    assert_eq!((&answer["statusCode"], &answer["headers"]["location"]), (&json!(303), &json!("/profile")));
}

async fn reset(data: &Path) -> Output {
    local_command(&["reset", "--data"]).arg(data).output().await.expect("a run")
}

async fn seed(stack: &Stack) {
    for expected in ["signed up", "already exists"] {
        let output =
            local_command(&["seed", "--port", &stack.port.to_string()]).output().await.expect("a run");
        assert!(output.status.success() && text(&output).contains(expected), "{}", text(&output));
    }
}

/// Makes a function log an error: a credential gets a hash that is none, at the database's own address.
async fn corrupt_hash(stack: &Stack) {
    let update = json!({
        "TableName": "CredentialsTable", "Key": { "identifier": { "S": "username#charles.babbage" } },
        "UpdateExpression": "SET password_hash = :bad", "ExpressionAttributeValues": { ":bad": { "S": "$argon2id$" } },
    });
    let (address, path) = stack.database();
    let request = proxy::request(&path, &proxy::dynamodb("UpdateItem"), Bytes::from(update.to_string()));
    let answer = local::http::send(&address, request).await.expect("an answer");
    assert_eq!(answer.status(), 200, "{answer:?}");
    let refused =
        stack.post("/login", "", &json!({ "username": "charles.babbage", "password": PASSWORD })).await;
    assert_eq!(refused.status(), 401);
}

/// The binaries themselves, started with what is wrong.
async fn bad_configuration_is_one_line() {
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
