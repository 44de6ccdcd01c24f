//! `examples/native`: a command line that keeps its session, also when many processes refresh at once.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::harness::access_token::{is_signed, keys};
use crate::harness::client::PASSWORD;
use crate::harness::{Client, Fault, Folder, LocalSite, root};
use crate::rules::access_tokens::start;

/// The program, with a store of its own. The store goes with the test.
struct Native {
    issuer: String,
    folder: Folder,
}

impl Native {
    fn new(site: &LocalSite) -> Self {
        Self { issuer: site.origin.clone(), folder: Folder::temporary() }
    }

    fn store(&self) -> PathBuf {
        self.folder.0.join("session.json")
    }

    /// Runs a command with this input: its exit code, and what it prints.
    async fn run(&self, arguments: &[&str], input: &str) -> (i32, String) {
        let mut process = Command::new(root().join(".local/libraries/bin/python"))
            .arg("-B")
            .arg(root().join("examples/native/latchkey.py"))
            .args(arguments)
            .env("LATCHKEY", &self.issuer)
            .env("LATCHKEY_STORE", self.store())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python; `make test` installs it");
        let mut stdin = process.stdin.take().expect("a pipe");
        // A command that needs no input may have ended.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let Output { status, stdout, stderr } = process.wait_with_output().await.expect("a run");
        let text = [stdout, stderr].map(|text| String::from_utf8(text).expect("UTF-8")).concat();
        (status.code().expect("a code"), text)
    }

    async fn token(&self) -> (i32, String) {
        self.run(&["token"], "").await
    }

    /// Makes the access token in the store an old one.
    fn expire(&self) {
        let mut session: Value =
            serde_json::from_slice(&std::fs::read(self.store()).expect("a store")).expect("JSON");
        session["expires"] = json!(0);
        std::fs::write(self.store(), session.to_string()).expect("a store");
    }
}

#[tokio::test]
async fn a_command_line_logs_in_refreshes_and_logs_out() {
    use std::os::unix::fs::PermissionsExt as _;
    let (site, _, _) = start(&[]).await;
    let native = Native::new(&site);
    for command in ["token", "whoami", "logout"] {
        let (code, text) = native.run(&[command], "").await;
        assert!(code == 2 && text.contains("Log in with"), "{command}: {code} {text}");
    }
    for damaged in ["", "[]", "{}", r#"{"refresh_token":5}"#] {
        std::fs::write(native.store(), damaged).expect("a store");
        assert_eq!(native.token().await.0, 2, "{damaged}");
    }
    std::fs::remove_file(native.store()).expect("a store");
    let (code, text) = native.run(&["login", "ada1"], "wrong\n").await;
    assert!(code == 1 && text.contains("Incorrect") && !native.store().exists(), "{code} {text}");
    assert_eq!(native.run(&["login", "ada1"], PASSWORD).await, (0, "Logged in as ada1.\n".to_owned()));
    assert_eq!(native.run(&["login", "ada1"], PASSWORD).await.0, 0, "again");
    assert_eq!(site.latchkey.database.counts().2, 2, "the session that it replaces has ended");
    let mode = std::fs::metadata(native.store()).expect("a store").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let public = keys(&site.latchkey).await;
    let (code, first) = native.token().await;
    assert!(code == 0 && is_signed(first.trim(), &public), "{first}");
    assert_eq!(native.token().await, (0, first.clone()), "it is good for a while");
    assert_eq!(native.run(&["whoami"], "").await, (0, "ada1\n".to_owned()));
    native.expire();
    let (code, second) = native.token().await;
    assert!(code == 0 && second != first && is_signed(second.trim(), &public), "{second}");

    let key = json!({ "user_id": site.latchkey.database.items("UsersTable")[0]["user_id"] });
    site.latchkey.database.set("UsersTable", key.clone(), &json!({ "status": { "S": "disabled" } }));
    assert_eq!(native.run(&["whoami"], "").await.0, 2, "disabled");
    site.latchkey.database.set("UsersTable", key, &json!({ "status": { "S": "active" } }));
    assert_eq!(native.run(&["logout"], "").await, (0, String::new()));
    assert!(!native.store().exists());
    assert_eq!(native.token().await.0, 2);
    assert_eq!(site.latchkey.database.counts().2, 1, "only the session of the sign-up is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_at_once_and_lost_responses_keep_the_session() {
    let (site, _, _) = start(&[]).await;
    let native = Native::new(&site);
    assert_eq!(native.run(&["login", "ada1"], PASSWORD).await.0, 0);
    for _ in 0..3 {
        native.expire();
        // The first answer of the database is lost, so the first response is a 503 or the same successor.
        site.latchkey.database.fail_next("GetItem users", Fault::error(400, "AccessDeniedException"));
        let tokens = join_all((0..8).map(|_| native.token())).await;
        assert!(tokens.iter().all(|token| token == &tokens[0] && token.0 == 0), "{tokens:?}");
        site.latchkey.pass(20);
    }
    let session = site.latchkey.database.items("SessionsTable").into_iter();
    let held = session.filter(|session| session.get("generation").is_some()).collect::<Vec<_>>();
    assert_eq!(held.len(), 1);
    assert_eq!(native.run(&["whoami"], "").await.0, 0);
}

#[tokio::test]
async fn a_redirect_takes_the_token_nowhere() {
    use std::io::{Read as _, Write as _};
    let (site, _, _) = start(&[]).await;
    let mut native = Native::new(&site);
    assert_eq!(native.run(&["login", "ada1"], PASSWORD).await.0, 0);
    let [redirects, elsewhere] =
        [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").expect("a port"));
    let address = |server: &std::net::TcpListener| server.local_addr().expect("an address");
    let own = std::mem::replace(&mut native.issuer, format!("http://{}", address(&redirects)));
    let stored = std::fs::read_to_string(native.store()).expect("a store");
    assert_eq!(native.run(&["whoami"], "").await.0, 2, "it is the session of another site");
    std::fs::write(native.store(), stored.replace(&own, &native.issuer)).expect("a store");
    let to = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n",
        address(&elsewhere)
    );
    let server = std::thread::spawn(move || {
        let (mut client, _) = redirects.accept().expect("a request");
        assert!(client.read(&mut [0; 8_192]).expect("a request") > 0);
        client.write_all(to.as_bytes()).expect("a response");
    });
    let (code, text) = native.run(&["whoami"], "").await;
    server.join().expect("a server");
    assert!(code == 1 && text.contains("302"), "{code} {text}");
    elsewhere.set_nonblocking(true).expect("a socket");
    assert!(elsewhere.accept().is_err(), "no one has connected");
    native.issuer = "http://app.example.com".to_owned();
    let (code, text) = native.run(&["whoami"], "").await;
    assert!(code == 1 && text.contains("https://"), "{code} {text}");
}

#[tokio::test]
async fn a_session_that_was_stolen_or_has_ended_asks_for_a_login() {
    let (site, _, _) = start(&[]).await;
    let native = Native::new(&site);
    assert_eq!(native.run(&["login", "ada1"], PASSWORD).await.0, 0);
    let copied = std::fs::read(native.store()).expect("a store");
    let thief = Native::new(&site);
    std::fs::write(thief.store(), copied).expect("a store");
    for _ in 0..2 {
        assert_eq!(native.token().await.0, 0);
        native.expire();
    }
    let (code, text) = thief.token().await;
    assert!(code == 2 && text.contains("You are logged out"), "{code} {text}");
    assert_eq!(native.token().await.0, 2, "the owner notices, and logs in again");
    let mut client = Client::program();
    assert_eq!(
        client.post(&site.latchkey, "/login", &crate::harness::client::credentials("ada1")).await.status,
        200
    );
}
