//! `docs/leaving.md`: the users of an export get in at other systems with their passwords, and no one else does.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::iter::zip;

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use crate::harness::client::PASSWORD;
use crate::harness::command::Operator;
use crate::harness::{Client, root};
use crate::operator::imports::{self, WEAK, log_in, write};
use crate::project::sources::{self, text};

/// A password of the system from which users have come, decomposed as it was typed there, and its hash.
const FORMER: &str = "Gru\u{308}ße vom alten System";
const BCRYPT: &str = "$2b$10$Bp2K87.GH6pwRR44WbPCnuzXJYNd.LvcVW4ZdH8MEhW/DcsYMJbpa";

/// What an export has of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Argon2id,
    Bcrypt,
    /// Argon2id over a weak hash, which no other system verifies.
    Weak,
    Disabled,
}

/// The users of an export: what it has of each, and what the scripts get: the address, the spellings of the password
/// that are right, and wrong passwords.
struct Leavers {
    kinds: Vec<Kind>,
    given: Vec<Value>,
}

impl Leavers {
    fn add(&mut self, kind: Kind, email: &str, right: &[&str]) {
        let first = right[0];
        let (end, _) = first.char_indices().last().expect("a character");
        let (longer, composed) = (format!("{first} "), first.nfc().collect::<String>());
        // Also another spelling of what bcrypt has hashed, and what bcrypt would see of a long one.
        let wrong = [&first[..end], &longer, first.trim(), "a wrong password", &composed];
        let mut wrong: BTreeSet<&str> = wrong.into_iter().chain(first.get(..72)).collect();
        wrong.retain(|password| !right.contains(password));
        self.given.push(json!({ "email": email, "right": right, "wrong": wrong }));
        self.kinds.push(kind);
    }

    /// Compares what a script has found with what has to be.
    fn check(&self, system: &str, judged: &Value, takes: &[Kind]) {
        let (mut entered, mut refused) = (0, 0);
        for (user, kind) in zip(&self.given, &self.kinds) {
            let found = &judged[user["email"].as_str().expect("an address")];
            let [right, wrong] =
                ["right", "wrong"].map(|kind| user[kind].as_array().expect("passwords").len());
            let gets_in = takes.contains(kind);
            assert_eq!(found["right"], json!(vec![gets_in; right]), "{system}: {user}");
            assert_eq!(found["wrong"], json!(vec![false; wrong]), "{system}: {user}");
            entered += if gets_in { right } else { 0 };
            refused += wrong;
        }
        println!("{system}: {entered} right passwords get in, {refused} wrong ones do not");
    }
}

/// A user who has signed up with the first of two spellings.
const COMPOSED: &str = "Composed1@example.com";

/// Signs users up with passwords of several kinds.
async fn sign_up(operator: &Operator, leavers: &mut Leavers) {
    let umlauts = ["Grüße aus Köln", "Grüße aus Ulm"].map(|text| text.nfc().collect::<String>());
    let decomposed = umlauts.clone().map(|text| text.nfd().collect::<String>());
    let [bytes95, longest] =
        [95, 255].map(|length| "0123456789 abcdefgh ijklm ".repeat(10)[..length].to_owned());
    let users: [(&str, Vec<&str>); 8] = [
        ("Plain1", vec![PASSWORD]),
        ("Composed1", vec![&umlauts[0], &decomposed[0]]),
        ("Decomposed1", vec![&decomposed[1], &umlauts[1]]),
        ("Bytes95", vec![&bytes95]),
        ("Longest1", vec![&longest]),
        ("Spaces1", vec!["  spaces at both ends "]),
        ("Emoji1", vec!["a key 🔑 and 👩\u{200d}🚀"]),
        ("Locked1", vec![PASSWORD]),
    ];
    for (name, right) in users {
        let email = format!("{name}@example.com");
        let fields = json!({ "username": name, "email": email, "password": right[0] });
        let response = Client::program().post(&operator.latchkey, "/signup", &fields).await;
        assert_eq!(response.status, 201, "{response:?}");
        leavers.add(if name == "Locked1" { Kind::Disabled } else { Kind::Argon2id }, &email, &right);
    }
    for name in ["Plain1", "Locked1"] {
        operator.run(&["user", "verify-email", name]).await.ok();
    }
    operator.run(&["user", "disable", "Locked1"]).await.ok();
}

/// Imports three users, of whom one logs in.
async fn import(operator: &Operator, leavers: &mut Leavers) {
    let rows = [("came1", BCRYPT), ("waits1", BCRYPT), ("weak1", WEAK)].map(|(name, hash)| {
        let email = format!("{name}@example.com");
        json!({ "external_id": name, "email": email, "username": name, "password_hash": hash }).to_string()
    });
    let file = write(operator, "old.ndjson", &rows.join("\n"));
    operator.run(&["import", &file, "--source", "old", "--accept-timing", "--yes"]).await.ok();
    assert_eq!(log_in(&operator.latchkey, "came1", FORMER).await, 200);
    let composed: String = FORMER.nfc().collect();
    leavers.add(Kind::Argon2id, "came1@example.com", &[FORMER, &composed]);
    leavers.add(Kind::Bcrypt, "waits1@example.com", &[FORMER]);
    leavers.add(Kind::Weak, "weak1@example.com", &[imports::PASSWORD]);
    let forms = operator.run(&["--json", "password", "list"]).await.json();
    assert_eq!(forms["argon2id over bcrypt cost=04"]["users"], 1, "{forms}");
}

/// The blocks of a language in a section of the page.
fn blocks(section: &str, language: &str) -> Vec<String> {
    sources::blocks("docs/leaving.md", section, language)
}

/// Users who have left with the command of the page, and the operator in whose folder the export is.
async fn leave() -> (Operator, Leavers) {
    let operator = Operator::start().await;
    let mut leavers = Leavers { kinds: vec![], given: vec![] };
    sign_up(&operator, &mut leavers).await;
    import(&operator, &mut leavers).await;
    operator.shell(&blocks("Export the users", "sh")[0]).await;
    (operator, leavers)
}

/// Runs a script in the folder of the operator, with the Python and the Node of the tests; what it prints.
async fn run(operator: &Operator, script: &str) -> String {
    let libraries = root().join(".local/libraries/bin");
    operator.shell(&format!("export PATH='{}':\"$PATH\"\n{script}", libraries.display())).await
}

/// The same with the users as its input, and JSON as its output.
async fn judge(operator: &Operator, leavers: &Leavers, script: &str) -> Value {
    write(operator, "given.json", &Value::from(leavers.given.clone()).to_string());
    serde_json::from_str(&run(operator, &format!("{script} < given.json")).await).expect("JSON")
}

/// Whether a command succeeds. If not, it prints that a test is skipped.
async fn has(operator: &Operator, check: &str, packages: &str) -> bool {
    let is_there = operator.shell(&format!("if {check} >&2; then echo yes; fi")).await == "yes\n";
    if !is_there {
        // The test runner captures the output of `eprintln!`.
        let skipped = format!("\nSKIPPED: a test of docs/leaving.md (Debian: apt install {packages})\n");
        std::io::stderr().write_all(skipped.as_bytes()).expect("standard error");
    }
    is_there
}

const JQ: (&str, &str) = ("command -v jq", "jq");
const PHP: (&str, &str) = ("php -r 'exit((int) !class_exists(\"Normalizer\"));' 2>&1", "php-cli php-intl");

#[tokio::test]
async fn users_who_leave_for_django_get_in_with_the_same_password_and_no_other() {
    let (operator, leavers) = leave().await;
    if !has(&operator, JQ.0, JQ.1).await {
        return;
    }
    std::fs::create_dir(operator.folder("accounts")).expect("a folder");
    for (name, code) in zip(["accounts/hashers.py", "settings.py"], blocks("Django", "python")) {
        write(&operator, name, &code);
    }
    write(&operator, "manage.py", &text("tests/libraries/leaving_django.py"));
    run(&operator, &blocks("Django", "sh").concat()).await;
    let judged = judge(&operator, &leavers, "python manage.py judge").await;
    leavers.check("Django", &judged, &[Kind::Argon2id, Kind::Bcrypt]);
    assert_eq!(judged[COMPOSED]["plain"], json!([true, false]), "Django's own hasher does not normalise");
    assert_eq!(judged[COMPOSED]["again"], json!([true, true]), "with the hash that Django has stored");
}

#[tokio::test]
async fn users_who_leave_for_better_auth_get_in_with_the_same_password_and_no_other() {
    const SITE: &str =
        "export BETTER_AUTH_URL=http://127.0.0.1:3000 BETTER_AUTH_SECRET=the-secret-of-a-test-0123456789";
    let (operator, leavers) = leave().await;
    for (name, code) in zip(["password.mjs", "auth.mjs", "move.mjs"], blocks("Better Auth", "js")) {
        write(&operator, name, &code);
    }
    write(&operator, "site.mjs", &text("tests/libraries/leaving_better_auth.mjs"));
    let packages = root().join(".local/libraries/node_modules");
    std::os::unix::fs::symlink(packages, operator.folder("node_modules")).expect("a link");
    let moving = blocks("Better Auth", "sh").concat();
    run(&operator, &format!("{SITE}\nnode site.mjs migrate\n{moving}")).await;
    let found = judge(&operator, &leavers, &format!("{SITE}\nnode site.mjs judge")).await;
    leavers.check("Better Auth", &found["site"], &[Kind::Argon2id, Kind::Bcrypt]);
    leavers.check("Lucia", &found["lucia"], &[Kind::Argon2id, Kind::Bcrypt]);
    assert_eq!(found["plain"][COMPOSED]["right"], json!([true, false]), "argon2 does not normalise");
    assert_eq!(found["isNormalised"], true, "a new password is hashed in NFC");
}

#[tokio::test]
async fn users_who_leave_for_php_get_in_with_the_same_password_and_no_other() {
    let (operator, leavers) = leave().await;
    if !has(&operator, JQ.0, JQ.1).await || !has(&operator, PHP.0, PHP.1).await {
        return;
    }
    run(&operator, &blocks("PHP", "sh").concat()).await;
    write(&operator, "gets_in.php", &blocks("PHP", "php")[0]);
    write(&operator, "leaving.php", &text("tests/libraries/leaving.php"));
    let judged = judge(&operator, &leavers, "php leaving.php").await;
    leavers.check("PHP", &judged, &[Kind::Argon2id, Kind::Bcrypt]);
    assert_eq!(judged[COMPOSED]["plain"], json!([true, false]), "password_verify does not normalise");
    for code in ["Laravel", "Symfony"].map(|section| blocks(section, "php")).concat() {
        write(&operator, "code.php", &code);
        run(&operator, "php -l code.php").await;
    }
}

#[tokio::test]
async fn the_files_for_systems_that_are_not_run_have_hashes_of_the_same_passwords() {
    let (operator, leavers) = leave().await;
    if !has(&operator, JQ.0, JQ.1).await {
        return;
    }
    let columns = ["name", "address", "email", "email_verified", "cognito:mfa_enabled", "cognito:username"];
    write(&operator, "header.json", &json!(columns).to_string());
    for section in ["Supabase", "Auth0", "Ory Kratos", "Keycloak", "Firebase", "Cognito"] {
        for command in blocks(section, "sh").iter().filter(|command| command.starts_with("jq ")) {
            run(&operator, command).await;
        }
    }
    let script = root().join("tests/libraries/leaving_files.py");
    let judged = judge(&operator, &leavers, &format!("python '{}' .", script.display())).await;
    for system in ["supabase", "auth0", "kratos"] {
        leavers.check(system, &judged[system], &[Kind::Argon2id, Kind::Bcrypt]);
    }
    for system in ["keycloak", "firebase"] {
        leavers.check(system, &judged[system], &[Kind::Argon2id]);
    }
    let rows = run(&operator, "head -1 cognito.csv; tail -n +2 cognito.csv | sort; cat disabled.txt").await;
    let row = |name: &str| format!("{name},,{name}@example.com,true,false,{name}");
    let expected = [columns.join(","), row("Locked1"), row("Plain1"), "Locked1".to_owned()];
    assert_eq!(rows.lines().collect::<Vec<_>>(), expected, "those with a confirmed address");
}
