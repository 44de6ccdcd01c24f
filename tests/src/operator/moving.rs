//! `docs/moving.md`: the users of other systems come by its commands, with the passwords that they have.

mod exports;
mod tables;

use std::io::Write as _;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::harness::command::Operator;
use crate::harness::{Latchkey, corpus, libraries, root};
use crate::operator::imports::log_in;
use crate::project::sources::blocks;

/// A user of a file of `tests/libraries/moving`: the address, and which hash of the corpus is theirs.
type Person = (&'static str, &'static str, &'static str);

/// A file of `tests/libraries/moving` with the hashes of its users.
struct Filled {
    text: String,
    /// What the users log in with.
    logins: Vec<(String, String)>,
}

/// The commands of a section: those that fill a file, and those that import it.
fn commands(heading: &str) -> (Vec<String>, Vec<String>) {
    blocks("docs/moving.md", heading, "sh").into_iter().partition(|block| !block.starts_with("latchkey "))
}

/// The hashes of the original libraries.
fn vectors() -> Option<Vec<Value>> {
    let text = corpus("hashes/vectors.ndjson")?;
    Some(text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

/// A file with the hashes of these users. `None` without the corpus.
fn filled(file: &str, people: &[Person]) -> Option<Filled> {
    let vectors = vectors()?;
    let path = root().join("tests/libraries/moving").join(file);
    let mut text = std::fs::read_to_string(path).expect("a file");
    let mut logins = Vec::new();
    for (email, kind, person) in people {
        let is_theirs = |vector: &&Value| vector["kind"] == *kind && vector["person"] == *person;
        let vector = vectors.iter().find(is_theirs).expect(kind);
        // Keycloak's is an object.
        let (place, hash) = match vector.get("keycloak") {
            Some(credential) => (format!("\"{{{email}}}\""), credential.to_string()),
            None => (format!("{{{email}}}"), vector["hash"].as_str().expect("a hash").to_owned()),
        };
        assert!(text.contains(&place), "{file} has {email}");
        text = text.replace(&place, &hash);
        if let Some(salt) = vector.get("salt").and_then(Value::as_str) {
            text = text.replace(&format!("{{salt of {email}}}"), salt);
        }
        logins.push(((*email).to_owned(), vector["password"].as_str().expect("a password").to_owned()));
    }
    assert!(!text.contains("@example.com}"), "{file} has another hash");
    Some(Filled { text, logins })
}

/// Says that a test does not run, past the test runner, which captures `eprintln!`.
fn skipped(what: &str, install: &str) {
    let text = format!("\nSKIPPED: moving from {what} ({install})\n");
    std::io::stderr().write_all(text.as_bytes()).expect("standard error");
}

async fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().await.is_ok()
}

/// Runs a line of the page that imports. How many come, and how many do not.
async fn import(operator: &Operator, line: &str) -> (u64, u64) {
    let words = line.split_whitespace().skip(1);
    let arguments: Vec<&str> = ["--json"].into_iter().chain(words).chain(["--yes"]).collect();
    let done = operator.run(&arguments).await;
    let counts: Value = serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let count = |name: &str| counts[name].as_u64().expect("a number");
    let others = count("taken") + count("rejected");
    assert_eq!(done.code, if others > 0 { 5 } else { 0 }, "{done:?}");
    (count("imported"), others)
}

/// Each user logs in with the old password and with no other one. Who is banned does not.
async fn let_in(latchkey: &Latchkey, logins: &[(String, String)]) {
    for (identifier, password) in logins {
        let expected = if identifier.starts_with("banned") { 401 } else { 200 };
        assert_eq!(log_in(latchkey, identifier, "a wrong password").await, 401, "{identifier}");
        assert_eq!(log_in(latchkey, identifier, password).await, expected, "{identifier}");
        assert_eq!(log_in(latchkey, identifier, "a wrong password").await, 401, "{identifier}");
    }
}

/// What an import sets: the username, the name, the role, the status, whether the address is confirmed, and the time.
async fn shown(operator: &Operator, who: &str) -> Value {
    let shown = operator.run(&["--json", "user", "show", who]).await.json();
    let names = ["username", "name", "role", "status", "email_verified", "created_at"];
    names.iter().map(|name| shown["user"][*name].clone()).collect()
}

/// A library of the other system makes users, and the commands of the page bring them. What all of them log in with.
async fn moved_from_a_library(heading: &str, script: &str, counts: (u64, u64)) -> Option<(Operator, String)> {
    if !is_installed("sqlite3").await {
        skipped(heading, "Debian: apt install sqlite3; macOS: brew install sqlite");
        return None;
    }
    let operator = Operator::start().await;
    let (exports, imports) = commands(heading);
    let given = json!({ "folder": operator.folder(""), "commands": exports });
    let made = libraries::run(script, &given).await;
    assert_eq!(import(&operator, &imports[0]).await, counts);
    let password = made["password"].as_str().expect("a password").to_owned();
    let identifiers = made["identifiers"].as_array().expect("identifiers").iter();
    let logins = identifiers.map(|name| (name.as_str().expect("text").to_owned(), password.clone()));
    let_in(&operator.latchkey, &logins.collect::<Vec<_>>()).await;
    Some((operator, password))
}

#[tokio::test]
async fn users_move_from_django() {
    // One has no address, and one has that of another user.
    let moved = moved_from_a_library("Django", "moving_django.py", (6, 2)).await;
    let Some((operator, password)) = moved else { return };
    let ada = shown(&operator, "external:django/1").await;
    assert_eq!((&ada[0], &ada[1]), (&json!("ada.l"), &json!("Ada \"Countess\", Lovelace")));
    for without in ["eve@example.com", "frank@example.com"] {
        assert_eq!(log_in(&operator.latchkey, without, &password).await, 401, "{without}");
    }
    let eve = shown(&operator, "eve_1").await;
    assert_eq!(eve[3], "disabled", "a name with an underscore stays");
    assert_eq!(shown(&operator, "frank@example.com").await[3], "active");
}

#[tokio::test]
async fn users_move_from_better_auth() {
    let moved = moved_from_a_library("Better Auth", "moving_better_auth.mjs", (5, 0)).await;
    let Some((operator, password)) = moved else { return };
    let ada = shown(&operator, "ada@example.com").await;
    assert_eq!((&ada[0], &ada[1]), (&json!("Ada.L"), &json!("Ada, \"Countess\"")));
    assert_eq!((&ada[2], &ada[4]), (&json!("editor"), &json!(true)));
    for without in ["banned@example.com", "social@example.com"] {
        assert_eq!(log_in(&operator.latchkey, without, &password).await, 401, "{without}");
    }
    assert_eq!(shown(&operator, "banned@example.com").await[3], "disabled");
    assert_eq!(shown(&operator, "external:better-auth/social").await[5], "2024-01-31T22:30:00Z");
}
