//! `latchkey export`: the users leave with the hashes that they have.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::harness::client::PASSWORD;
use crate::harness::command::Operator;
use crate::harness::{Client, soak};

fn lines(text: &str) -> Vec<Value> {
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    lines.sort_by_key(|line| line["username"].to_string());
    lines
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).expect("a file")
}

/// Imports users with a hash.
async fn import(operator: &Operator, users: usize) {
    const BCRYPT: &str = "$2b$10$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6";
    let rows = (0..users).map(|number| {
        json!({ "external_id": number, "email": format!("user{number}@example.com"), "username":
            format!("user{number}"), "password_hash": BCRYPT, "email_verified": "2021-05-06T07:08:09Z" })
    });
    let file = operator.folder("users.ndjson");
    let rows: Vec<String> = rows.map(|row| row.to_string()).collect();
    std::fs::write(&file, rows.join("\n")).expect("a file");
    operator.run(&["import", &file, "--source", "old", "--yes"]).await.ok();
}

/// Ada with attributes and disabled, a user of an import, one who is being deleted, and one without a credential for
/// the address; the hashes of Ada and of the import, and the id of the last one.
async fn four_users(operator: &Operator) -> [Value; 3] {
    let database = &operator.latchkey.database;
    for name in ["ada1", "broken", "leaver"] {
        Client::signed_up(&operator.latchkey, name).await;
    }
    import(operator, 1).await;
    operator.run(&["user", "attributes", "ada1", r#"{"plan":"pro"}"#]).await.ok();
    operator.run(&["user", "disable", "ada1"]).await.ok();
    let id_of = |username: &str| {
        let users = database.items("UsersTable").into_iter();
        let mut users = users.filter(|user| user["username"]["S"] == *username);
        users.next().expect("a user")["user_id"].clone()
    };
    let hash_of = |identifier: &str| {
        let items = database.items("CredentialsTable").into_iter();
        let mut items = items.filter(|item| item["identifier"]["S"] == *identifier);
        items.next().expect("a credential")["password_hash"]["S"].clone()
    };
    let deleted = json!({ "status": { "S": "disabled" }, "erase_at": { "N": "9999999999" } });
    database.set("UsersTable", json!({ "user_id": id_of("leaver") }), &deleted);
    database.delete("CredentialsTable", &json!({ "identifier": { "S": "email#broken@example.com" } }));
    [hash_of("email#ada1@example.com"), hash_of("email#user0@example.com"), id_of("broken")["S"].clone()]
}

#[tokio::test]
async fn every_user_leaves_whole_and_who_cannot_is_named() {
    let operator = Operator::start().await;
    let latchkey = &operator.latchkey;
    let [ada, imported, broken] = four_users(&operator).await;
    let file = operator.folder("export.ndjson");
    let before = latchkey.database.everything();
    assert_eq!(operator.run(&["export", &file, "--dry-run"]).await.code, 0);
    assert!(!std::fs::exists(&file).expect("a folder"));
    let done = operator.run(&["--json", "export", &file]).await;
    assert!(done.code == 5 && done.err.contains("repair"), "{done:?}");
    assert_eq!(latchkey.database.everything(), before, "it only reads");

    let users = lines(&read(&file));
    assert_eq!(users.len(), 2);
    let members = |user: &Value| user.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&users[0]).len(), 8, "{users:?}");
    assert_eq!((&users[0]["username"], &users[0]["status"]), (&json!("ada1"), &json!("disabled")));
    assert_eq!((&users[0]["password_hash"], &users[0]["attributes"]), (&ada, &json!({ "plan": "pro" })));
    assert_eq!((&users[1]["password_hash"], &users[1]["external_id"]), (&imported, &json!("0")));
    assert_eq!(users[1]["imported_from"], "old");
    assert_eq!(users[1]["email_verified_at"], "2021-05-06T07:08:09Z");

    let manifest: Value = serde_json::from_str(&read(&format!("{file}.manifest.json"))).expect("JSON");
    assert_eq!((&manifest["users"], &manifest["deleted"]), (&json!(2), &json!(1)));
    assert_eq!(manifest["errors"], json!([broken]));
    assert_eq!(manifest["sha256"], HEXLOWER.encode(&Sha256::digest(read(&file))));
    let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!std::fs::exists(format!("{file}.latchkey")).expect("a folder"));

    let text = read(&file);
    assert_eq!(operator.run(&["export", &file]).await.code, 4, "no file is written over");
    assert_eq!(operator.run(&["export", "/nowhere/users.ndjson"]).await.code, 2);
    assert_eq!(read(&file), text);
    let bare = operator.run(&["export", "-", "--without-hashes"]).await;
    assert_eq!(lines(&bare.out).len(), 2, "{bare:?}");
    assert!(!bare.out.contains("$2b") && !bare.out.contains("argon2"), "{bare:?}");
}

#[tokio::test]
async fn killed_at_any_moment_and_run_again_the_file_is_the_same_to_the_byte() {
    let operator = Operator::start().await;
    import(&operator, 6_000).await;
    let whole = operator.folder("whole.ndjson");
    operator.run(&["export", &whole, "--rate", "1000000"]).await.ok();
    let whole = read(&whole);
    assert_eq!(whole.lines().count(), 6_000);
    let rounds = soak(8, 100);
    let (mut killed, mut resumed) = (0, 0);
    for round in 0..rounds {
        let file = operator.folder(&format!("export{round}.ndjson"));
        let export = ["export", &*file, "--rate", "1000000"];
        let delay = Duration::from_millis(u64::try_from(20 + 61 * round % 600).expect("a delay"));
        killed += usize::from(operator.kill_after(&export, delay).await);
        let done = operator.run(&export).await;
        // The first one may have come to its end.
        assert!([0, 4].contains(&done.code), "{done:?}");
        resumed += usize::from(done.err.contains("going on after"));
        assert!(read(&file) == whole, "round {round}: {done:?}");
    }
    assert!(killed > rounds / 4 && resumed > 0, "{killed} of {rounds} were killed, {resumed} went on");
}

#[tokio::test]
async fn what_one_stack_exports_another_imports_and_exports_again() {
    let operator = Operator::start().await;
    four_users(&operator).await;
    let users = soak(40, 100_000);
    import(&operator, users).await;
    operator
        .run(&["user", "create", "--email", "none@example.com", "--username", "none1", "--no-password"])
        .await
        .ok();
    operator.run(&["user", "enable", "ada1"]).await.ok();
    let first = operator.folder("first.ndjson");
    let fast = ["--rate", "1000000"];
    let exported = operator.run(&[&["export", &*first][..], &fast].concat()).await;
    assert_eq!(exported.code, 5, "one is broken");
    let text = read(&first);
    assert!(text.lines().count() == users + 2 && text.contains("attributes"));

    let other = Operator::start().await;
    let moving = ["--json", "import", &*first, "--format", "latchkey", "--yes"];
    assert_eq!(other.run(&moving).await.json()["imported"], users + 2);
    let second = other.folder("second.ndjson");
    other.run(&[&["export", &*second][..], &fast].concat()).await.ok();
    // The functions of the tests hash so cheaply that an import finds it weak.
    let [first, second] = [text.clone(), read(&second)].map(|text| {
        let weak =
            text.find("$over$").into_iter().chain(text.find("$argon2id$")).min().expect("a hash of Ada");
        let end = text[weak..].find('"').expect("an end") + weak;
        format!("{}{}", &text[..weak], &text[end..])
    });
    assert!(first == second, "the same to the byte");
    let ada = json!({ "identifier": "ada1", "password": PASSWORD });
    assert_eq!(Client::program().post(&other.latchkey, "/login", &ada).await.status, 200);
    assert_eq!(other.run(&moving).await.json()["already"], users + 2);

    // An id that does not follow from that of the other system is of someone else.
    let line = lines(&text).into_iter().find(|line| line["external_id"] == "7").expect("a user");
    let mut forged = line.clone();
    forged["id"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
    let mut odd = line;
    odd["status"] = json!("deleted");
    odd["attributes"] = json!({ "1": null });
    let file = other.folder("forged.ndjson");
    std::fs::write(&file, format!("{forged}\n{odd}\n")).expect("a file");
    let refused = other.run(&["--json", "import", &file, "--format", "latchkey", "--yes"]).await;
    assert!(refused.code == 5 && refused.out.contains("\"rejected\":2"), "{refused:?}");
    assert_eq!(other.run(&["import", &file, "--yes"]).await.code, 2, "it needs --source");
}
