//! What comes before and after an import: tries, newer files, and the end of passwords that no one uses.

use serde_json::{Value, json};

use crate::harness::Latchkey;
use crate::harness::command::Operator;
use crate::operator::imports::{BCRYPT, PASSWORD, WEAK, counts, log_in, rejected, write};
use crate::operator::users::with_ada;

/// Another password, its hash, and one of Lucia 1 of it.
const NEWER: &str = "another old password";
const NEWER_HASH: &str = "pbkdf2_sha256$1000$0123456789abcdef$zpRo8TUXGl3Z0sZMZ7N7EvAxeNgDVTsaoMNTNonedEg=";
const LUCIA_1: &str = "0123456789abcdef:e5e0e385eb827a7eff88ba7e8d32d9503205a6cc8746f9d0cce150d398235d54d3a3d43a4e44d\
    ff9da4ff32fb1d23964da7352ad12fa8737914e523bc6566611";

pub fn row(name: &str, hash: &str) -> Value {
    json!({ "external_id": name, "email": format!("{name}@example.com"), "username": name, "password_hash": hash })
}

/// A file with these rows.
pub fn file_of(operator: &Operator, name: &str, rows: &[Value]) -> String {
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    write(operator, name, &rows.join("\n"))
}

/// The credentials that are of an import, with which no one has logged in.
fn waiting(latchkey: &Latchkey) -> usize {
    let items = latchkey.database.items("CredentialsTable").into_iter();
    items.filter(|item| item.get("imported").is_some()).count()
}

#[tokio::test]
async fn a_newer_file_brings_newer_hashes_to_those_who_have_not_logged_in() {
    let operator = Operator::start().await;
    let latchkey = &operator.latchkey;
    let names = ["anna", "bert", "carl", "dora"];
    // Bert has no password yet.
    let hash = |name: &str| if name == "bert" { "" } else { BCRYPT };
    let first = file_of(&operator, "first.ndjson", &names.map(|name| row(name, hash(name))));
    operator.run(&["import", &first, "--source", "old", "--yes"]).await.ok();
    assert_eq!(log_in(latchkey, "anna", PASSWORD).await, 401, "the hash is of cost 10, and not of cost 4");
    assert_eq!(log_in(latchkey, "bert", PASSWORD).await, 401);
    let file = file_of(&operator, "first.ndjson", &names.map(|name| row(name, WEAK)));
    let again = ["--json", "import", &*file, "--source", "old", "--again", "--yes"];
    assert_eq!(operator.run(&again).await.json(), counts(0, 4, 0, 0, 0));
    assert_eq!(log_in(latchkey, "anna", PASSWORD).await, 200);
    operator.run(&["user", "rename", "dora", "dora2"]).await.ok();

    let mut rows = names.map(|name| row(name, NEWER_HASH)).to_vec();
    rows[1]["email_verified"] = json!(true);
    rows[2]["password_hash"] = Value::Null;
    rows.push(row("emil", NEWER_HASH));
    rows.push(json!({ "external_id": "f", "email": "ANNA@example.com", "username": "frieda" }));
    let file = file_of(&operator, "second.ndjson", &rows);
    let before = latchkey.database.everything();
    let compared = async |more: &[&str]| {
        let dry = ["--json", "import", &*file, "--source", "old", "--dry-run", "--against-tables"];
        let done = operator.run(&[&dry[..], more].concat()).await;
        assert_eq!(done.code, 5, "it ends as the import would: {done:?}");
        serde_json::from_str::<Value>(&done.out).expect("JSON")["tables"].clone()
    };
    // In the file itself, Frieda has the address of Anna.
    assert_eq!(compared(&["--again"]).await, counts(1, 2, 2, 0, 1));
    assert_eq!(compared(&[]).await, counts(1, 0, 4, 0, 1));
    assert_eq!(latchkey.database.everything(), before);

    let again = ["--json", "import", &*file, "--source", "old", "--again", "--yes"];
    let done = operator.run(&again).await;
    assert_eq!(done.code, 5, "{done:?}");
    assert_eq!(serde_json::from_str::<Value>(&done.out).expect("JSON"), counts(1, 2, 2, 1, 0));
    for (name, password, status) in [
        ("anna", PASSWORD, 200),
        ("anna", NEWER, 401),
        ("bert", PASSWORD, 401),
        ("bert", NEWER, 200),
        ("carl", PASSWORD, 200),
        ("dora2", NEWER, 200),
        ("emil", NEWER, 200),
    ] {
        assert_eq!(log_in(latchkey, name, password).await, status, "{name}");
    }
    let bert = operator.run(&["--json", "user", "show", "bert"]).await.json();
    assert_eq!((&bert["user"]["email_verified"], &bert["findings"]), (&json!(true), &json!([])));
    assert_eq!(bert["user"]["changed_by"]["why"], "a newer import");
    let before = latchkey.database.everything();
    assert_eq!(operator.run(&again).await.code, 5);
    assert_eq!(latchkey.database.everything(), before, "no one waits any more");
}

#[tokio::test]
async fn a_newer_file_takes_away_what_the_other_system_has_taken_away() {
    let operator = Operator::start().await;
    let latchkey = &operator.latchkey;
    let names = ["anna", "bert", "carl", "dora"];
    let first = file_of(&operator, "first.ndjson", &names.map(|name| row(name, WEAK)));
    operator.run(&["import", &first, "--source", "old", "--yes"]).await.ok();
    let mut rows = names.map(|name| row(name, NEWER_HASH));
    rows[0]["password_hash"] = json!("!unusable");
    rows[1]["disabled"] = json!(true);
    rows[2]["email"] = json!("carl@example.org");
    rows[3]["email"] = json!("someone@example.org");
    rows[3]["username"] = json!("someone");
    let file = file_of(&operator, "second.ndjson", &rows);
    // Another person has the id of Dora: perhaps it is another system.
    let plain = operator.run(&["--json", "import", &file, "--source", "old", "--yes"]).await;
    assert_eq!(serde_json::from_str::<Value>(&plain.out).expect("JSON"), counts(0, 0, 3, 1, 0), "{plain:?}");
    let again = operator.run(&["--json", "import", &file, "--source", "old", "--again", "--yes"]).await;
    assert_eq!(serde_json::from_str::<Value>(&again.out).expect("JSON"), counts(0, 2, 0, 1, 1), "{again:?}");
    let codes = |codes: &str| vec![codes.to_owned()];
    assert_eq!(rejected(&file), [(3, codes("email: changed")), (4, codes("external_id: taken"))]);
    for (name, password, status) in [
        ("anna", PASSWORD, 401),
        ("bert", PASSWORD, 401),
        ("bert", NEWER, 401),
        ("carl", PASSWORD, 200),
        ("dora", PASSWORD, 200),
        ("dora", NEWER, 401),
    ] {
        assert_eq!(log_in(latchkey, name, password).await, status, "{name} {password}");
    }
    assert_eq!(operator.run(&["user", "show", "someone@example.org"]).await.code, 3);
    let bert = operator.run(&["--json", "user", "show", "bert"]).await.json();
    assert_eq!((&bert["user"]["status"], &bert["findings"]), (&json!("disabled"), &json!([])));
}

#[tokio::test]
async fn a_login_ends_the_import_also_of_a_hash_with_todays_parameters() {
    let (operator, _) = with_ada().await;
    let latchkey = &operator.latchkey;
    for key in ["username#ada.l", "email#ada.l@example.com"] {
        let imported = json!({ "imported": { "N": "1700000000" } });
        latchkey.database.set("CredentialsTable", json!({ "identifier": { "S": key } }), &imported);
    }
    assert_eq!(waiting(latchkey), 2);
    assert_eq!(log_in(latchkey, "ada.l", crate::harness::client::PASSWORD).await, 200);
    assert_eq!(waiting(latchkey), 0);
}

#[tokio::test]
async fn passwords_that_no_one_uses_are_retired_and_their_users_reset() {
    let (operator, client) = with_ada().await;
    let latchkey = &operator.latchkey;
    let rows = [row("anna", WEAK), row("bert", WEAK), row("carl", BCRYPT)];
    let file = file_of(&operator, "users.ndjson", &rows);
    operator.run(&["import", &file, "--source", "old", "--yes"]).await.ok();
    assert_eq!(log_in(latchkey, "anna", PASSWORD).await, 200);

    let before = latchkey.database.everything();
    let retire = ["--json", "password", "retire", "--form", "argon2id over bcrypt cost=04"];
    let dry = operator.run(&[&retire[..], &["--dry-run"]].concat()).await.json();
    assert_eq!(dry, json!({ "found": 1, "dry_run": true }));
    let asked = operator.run(&retire).await;
    assert!(asked.code == 2 && asked.err.contains("the passwords of 1 users"), "{asked:?}");
    let early = ["--json", "password", "retire", "--imported-before", "2020-01-01", "--yes"];
    assert_eq!(operator.run(&early).await.json(), json!({ "found": 0 }));
    assert_eq!(operator.run(&["password", "retire", "--yes"]).await.code, 2);
    let none = operator.run(&["password", "retire", "--form", "bcrypt", "--yes"]).await;
    assert!(none.code == 3 && none.err.contains("no password has this form"), "{none:?}");
    assert_eq!(latchkey.database.everything(), before);

    let retired = operator.run(&[&retire[..], &["--yes", "--why", "old"]].concat()).await.json();
    assert_eq!(retired, json!({ "retired": 1 }));
    let late = ["--json", "password", "retire", "--imported-before", "2999-01-01", "--yes"];
    assert_eq!(operator.run(&late).await.json(), json!({ "retired": 1 }));
    assert_eq!(operator.run(&late).await.json(), json!({ "found": 0 }));
    assert_eq!(log_in(latchkey, "bert", PASSWORD).await, 401);
    assert_eq!(log_in(latchkey, "anna", PASSWORD).await, 200, "anna has logged in before");
    assert!(client.is_signed_in(latchkey).await);
    let bert = operator.run(&["--json", "user", "show", "bert"]).await.json();
    assert_eq!((&bert["findings"], &bert["user"]["changed_by"]["why"]), (&json!([]), &json!("old")));
    assert_eq!(waiting(latchkey), 0);
}

#[tokio::test]
async fn one_persons_password_is_tried_before_all_come() {
    let operator = Operator::start().await;
    let mut none = row("none", "");
    none["username"] = json!("none1");
    let rows = [row("anna", WEAK), none, row("bert", "$6$unknown"), row("lucy", LUCIA_1)];
    let file = file_of(&operator, "users.ndjson", &rows);
    let trial = async |who: &str, password: &str, more: &[&str]| {
        let arguments = ["import", &*file, "--source", "old", "--try", who];
        let done = operator.run_with(&[&arguments[..], more].concat(), &format!("{password}\n")).await;
        assert!(!format!("{done:?}").contains(password), "{done:?}");
        done
    };
    let right = trial("Anna@Example.com", PASSWORD, &[]).await;
    assert!(right.code == 0 && right.out.contains("stored as argon2id over bcrypt cost=04"), "{right:?}");
    for (who, password, code, expected) in [
        ("anna", "a wrong password", 5, "is NOT that of anna (line 1)"),
        ("external:old/anna", NEWER, 5, "is NOT that of external:old/anna"),
        ("none@example.com", PASSWORD, 5, "has no password in the file"),
        ("bert@example.com", PASSWORD, 5, "cannot come (line 3): password_hash: hash_unknown"),
        ("emil", PASSWORD, 3, "no one in the file is called emil"),
    ] {
        let done = trial(who, password, &[]).await;
        assert!(done.code == code && done.err.contains(expected), "{done:?}");
    }
    assert_eq!(trial("lucy", NEWER, &["--lucia-1"]).await.code, 0);
    assert_eq!(trial("lucy@example.com", NEWER, &[]).await.code, 5, "only with --lucia-1");
    assert_eq!(operator.latchkey.database.counts(), (0, 0, 0));
}

#[tokio::test]
async fn the_operator_decides_about_usernames() {
    let operator = Operator::start().await;
    let rows = [row("admin", BCRYPT), json!({ "external_id": "2", "email": "two@example.com" })];
    let file = file_of(&operator, "users.ndjson", &rows);
    let good = async |more: &[&str]| {
        let arguments = ["--json", "import", &*file, "--source", "old", "--dry-run"];
        let done = operator.run(&[&arguments[..], more].concat()).await;
        let codes = serde_json::from_str::<Value>(&done.out).expect("JSON")["survey"]["codes"].clone();
        assert_eq!(done.code, if codes == json!({}) { 0 } else { 5 }, "it ends as the import would");
        codes
    };
    assert_eq!(good(&[]).await, json!({ "username: reserved": 1 }));
    let both = ["--usernames", "required"];
    assert_eq!(good(&both).await, json!({ "username: required": 1, "username: reserved": 1 }));
    assert_eq!(good(&["--allow-reserved"]).await, json!({}));
    operator.run(&["import", &file, "--source", "old", "--allow-reserved", "--yes"]).await.ok();
    let admin = operator.run(&["--json", "user", "show", "admin"]).await.json();
    assert_eq!(admin["user"]["role"], "user", "a name gives no right");
}
