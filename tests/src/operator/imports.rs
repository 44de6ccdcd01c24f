//! `latchkey import`: users of another system come with the hashes that they have.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::command::Operator;
use crate::harness::{Client, Latchkey, soak};
use crate::operator::users::with_ada;

/// The password of the hashes below.
pub const PASSWORD: &str = "  Grüße, ﬁne №1 ";
pub const BCRYPT: &str = "$2b$10$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6";
pub const WEAK: &str = "$2b$04$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6";

pub async fn log_in(latchkey: &Latchkey, identifier: &str, password: &str) -> i64 {
    let fields = json!({ "identifier": identifier, "password": password });
    Client::program().moved().post(latchkey, "/login", &fields).await.status
}

pub fn write(operator: &Operator, name: &str, text: &str) -> String {
    let path = operator.folder(name);
    std::fs::write(&path, text).expect("a file");
    path
}

/// What an import answers.
pub fn counts(imported: u64, updated: u64, already: u64, taken: u64, rejected: u64) -> Value {
    json!({ "imported": imported, "updated": updated, "already": already, "taken": taken, "rejected": rejected })
}

/// Those who did not come: the lines and what is wrong with them.
pub fn rejected(path: &str) -> Vec<(u64, Vec<String>)> {
    let text = std::fs::read_to_string(format!("{path}.rejected.ndjson")).expect("a file");
    let of_line = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let codes = line["codes"].as_array().expect("codes").iter();
        let codes = codes.map(|code| code.as_str().expect("text").to_owned());
        (line["line"].as_u64().expect("a number"), codes.collect())
    };
    let mut lines: Vec<(u64, Vec<String>)> = text.lines().map(of_line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn users_come_with_their_passwords_ids_and_states_and_a_second_run_changes_nothing() {
    let operator = Operator::start().await;
    let latchkey = &operator.latchkey;
    let rows = [
        json!({ "external_id": 41, "email": "Grace@Example.com", "username": "Grace.H", "name": "Grace Hopper",
            "email_verified": true, "role": "editor", "created_at": "2020-01-02 03:04:05.6+00",
            "password_hash": WEAK }),
        json!({ "external_id": "42", "email": "mary@example.com", "email_verified": "2021-05-06T07:08:09Z" }),
        json!({ "external_id": "43", "email": "locked@example.com", "username": "locked", "disabled": true,
            "password_hash": WEAK }),
        json!({ "external_id": "44", "email": "django@example.com", "username": "django1", "password_hash":
            format!("pbkdf2_sha256$1000$0123456789abcdef$52TUcXBu7fzTIT/PULG5v0aaozTmhGtLaF3otLlj8x8=") }),
    ];
    let file = write(&operator, "users.ndjson", &rows.map(|row| row.to_string()).join("\n"));
    let import = ["--json", "import", &*file, "--source", "devise", "--yes"];
    let before = latchkey.database.everything();
    let dry = operator.run(&["--json", "import", &file, "--source", "devise", "--dry-run"]).await.json();
    let survey = &dry["survey"];
    let found = (&survey["good"], &survey["rejected"], &survey["without_password"]);
    assert_eq!(found, (&json!(4), &json!(0), &json!(1)));
    assert_eq!((&dry["costs"]["units"], &dry["tables"]), (&json!(24), &Value::Null));
    assert_eq!(latchkey.database.everything(), before);
    let asked = operator.run(&import[..5]).await;
    assert!(asked.code == 2 && asked.err.contains("This imports 4 users"), "{asked:?}");
    let done = operator.run(&import).await.json();
    assert_eq!(done, counts(4, 0, 0, 0, 0));

    let items = latchkey.database.items("CredentialsTable");
    assert_eq!(items.len(), 8);
    let hashes: Vec<&str> = items.iter().filter_map(|item| item["password_hash"]["S"].as_str()).collect();
    assert!(hashes.len() == 6 && hashes.iter().all(|hash| hash.starts_with("$over$")), "{hashes:?}");
    for identifier in ["grace@example.com", "GRACE.H", "django1"] {
        assert_eq!(log_in(latchkey, identifier, "a wrong password").await, 401, "{identifier}");
        assert_eq!(log_in(latchkey, identifier, PASSWORD).await, 200, "{identifier}");
    }
    assert_eq!(log_in(latchkey, "locked", PASSWORD).await, 401);
    assert_eq!(log_in(latchkey, "mary@example.com", PASSWORD).await, 401, "there is no password");

    let grace = operator.run(&["--json", "user", "show", "external:devise/41"]).await.json();
    assert_eq!(grace["user"]["external_id"], "41");
    assert_eq!((&grace["user"]["role"], &grace["user"]["name"]), (&json!("editor"), &json!("Grace Hopper")));
    assert_eq!(grace["user"]["created_at"], "2020-01-02T03:04:05Z");
    assert_eq!((&grace["user"]["email_verified"], &grace["findings"]), (&json!(true), &json!([])));
    let mary = operator.run(&["--json", "user", "show", "mary@example.com"]).await.json();
    assert!(mary["user"]["username"].as_str().expect("a name").starts_with("u-"), "{mary}");
    assert_eq!(operator.run(&["user", "show", "external:other/41"]).await.code, 3);

    let before = latchkey.database.everything();
    let again = operator.run(&import).await.json();
    assert_eq!(again, counts(0, 0, 4, 0, 0));
    assert_eq!(latchkey.database.everything(), before);
}

#[tokio::test]
async fn who_cannot_come_is_named_with_all_reasons_and_keeps_no_one_out() {
    let (operator, client) = with_ada().await;
    let latchkey = &operator.latchkey;
    let csv = format!(
        "external_id,email,username,role,disabled,created_at,password_hash\r\n\
         001,new@example.com,newcomer,,,,{BCRYPT}\r\n\
         2,ada.l@example.com,other1,,,,\r\n\
         3,third@example.com,Ada.L,,,,\r\n\
         001,again@example.com,again1,,,,\r\n\
         5,no address,a,Admin,perhaps,2999-01-01,$6$unknown\r\n\
         6,six@example.com,sixsix,,,,$2b$14$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6\r\n\
         ,seven@example.com,seven7,,,,\r\n\
         8,eight@example.com,admin,,,,$2b$10$short\r\n\
         9,\"nine@example.com\",\"nine9\",,,,!\r\n\
         10,NEW@example.com,newest,,,,\r\n"
    );
    let file = write(&operator, "users.csv", &csv);
    let done = operator.run(&["--json", "import", &file, "--source", "old", "--yes"]).await;
    assert_eq!(done.code, 5, "{done:?}");
    let done: Value = serde_json::from_str(&done.out).expect("JSON");
    assert_eq!(done, counts(2, 0, 0, 3, 5));
    assert!(client.is_signed_in(latchkey).await);
    operator.run(&["user", "show", "external:old/001"]).await.ok();
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        rejected(&file),
        [
            (3, codes(&["email: taken"])),
            (4, codes(&["username: taken"])),
            (5, codes(&["duplicate"])),
            (
                6,
                codes(&[
                    "email: invalid",
                    "username: too_short",
                    "created_at: invalid",
                    "disabled: invalid",
                    "role: invalid",
                    "password_hash: hash_unknown",
                ])
            ),
            (7, codes(&["password_hash: hash_too_costly"])),
            (8, codes(&["external_id: required"])),
            (9, codes(&["username: reserved", "password_hash: hash_malformed"])),
            (11, codes(&["email: taken"])),
        ]
    );
    let text = std::fs::read_to_string(format!("{file}.rejected.ndjson")).expect("a file");
    assert!(!text.contains('@') && !text.contains("$2b"), "no address and no hash: {text}");
    assert_eq!(log_in(latchkey, "newcomer", PASSWORD).await, 401, "the hash is of another cost");
}

#[tokio::test]
async fn the_exports_of_other_systems_come_as_they_are() {
    let operator = Operator::start().await;
    let latchkey = &operator.latchkey;
    let firebase = json!({ "kind": "identitytoolkit", "users": [
        { "localId": "f1", "email": "fire@example.com", "displayName": "Fire", "emailVerified": true,
            "createdAt": "1577934245000", "disabled": false, "salt": "c2FsdHNhbHQxMg==", "passwordHash":
            "4mJcAEgrAE-7zZU1GvJSV7T0D9H_2hi3AhT6Luu0qC0mnOClH9sGtvdGLy2MXLj1AuYmtlERKnjsnSAz9W4VGg==" },
        { "localId": "f2", "email": "google@example.com", "providerUserInfo": [{ "providerId": "google.com" }] },
    ], "more": [] });
    let config = json!({ "signer_key":
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
        "salt_separator": "Cw==", "rounds": 8, "memory_cost": 4 });
    let config = write(&operator, "config.json", &config.to_string());
    let credential = json!({
        "type": "password",
        "secretData": json!({ "salt": "MDEyMzQ1Njc4OWFiY2RlZg==",
            "value": "52TUcXBu7fzTIT/PULG5v0aaozTmhGtLaF3otLlj8x8=" }).to_string(),
        "credentialData": json!({ "hashIterations": 1000, "algorithm": "pbkdf2-sha256" }).to_string(),
    });
    let keycloak = json!({ "realm": "shop", "users": [{ "id": "k-1", "username": "key.cloak", "enabled": true,
        "email": "key@example.com", "emailVerified": false, "firstName": "Key", "lastName": "Cloak",
        "createdTimestamp": 1_577_934_245_000_i64, "credentials": [{ "type": "otp" }, credential] }] });
    let auth0 = json!({ "_id": { "$oid": "a1" }, "email": "auth@example.com", "email_verified": true,
        "passwordHash": WEAK });
    for (format, text, more, imported) in [
        ("firebase", firebase.to_string(), vec!["--hash-config", &*config], 2),
        ("keycloak", keycloak.to_string(), vec![], 1),
        ("auth0", format!("{auth0}\n\n"), vec![], 1),
    ] {
        let file = write(&operator, &format!("{format}.json"), &text);
        let import = ["--json", "import", &*file, "--source", format, "--format", format, "--yes"];
        let done = operator.run(&[&import[..], &more].concat()).await.json();
        assert_eq!((&done["imported"], &done["rejected"]), (&json!(imported), &json!(0)), "{format}");
    }
    for identifier in ["fire@example.com", "key.cloak", "key@example.com", "auth@example.com"] {
        assert_eq!(log_in(latchkey, identifier, PASSWORD).await, 200, "{identifier}");
    }
    assert_eq!(log_in(latchkey, "google@example.com", PASSWORD).await, 401);
    let cloak = operator.run(&["--json", "user", "show", "external:keycloak/k-1"]).await.json();
    assert_eq!(
        (&cloak["user"]["name"], &cloak["user"]["email_verified"]),
        (&json!("Key Cloak"), &json!(false))
    );
    assert_eq!(cloak["user"]["created_at"], "2020-01-02T03:04:05Z");
    // Without the hashes' parameters, and without users.
    let file = write(&operator, "other.json", "{\"accounts\":[]}");
    assert_eq!(operator.run(&["import", &file, "--source", "x", "--format", "firebase"]).await.code, 2);
    let none = operator.run(&["import", &file, "--source", "x", "--format", "keycloak", "--yes"]).await;
    assert!(none.code == 2 && none.err.contains("no array `users`"), "{none:?}");
}

#[tokio::test]
async fn killed_at_any_moment_and_run_again_every_user_is_there_once_and_whole() {
    const USERS: usize = 400;
    let rows = (0..USERS).map(|number| {
        // Some of them cannot come.
        let other = number / 100 * 100 + number % 99;
        let email = if number % 50 == 7 { "none".to_owned() } else { format!("user{other}@example.com") };
        json!({ "external_id": number, "email": email, "username": format!("user{number}"), "password_hash": BCRYPT })
    });
    let rows = rows.map(|row| row.to_string()).collect::<Vec<_>>().join("\n");
    let run = async |delay: Option<u64>| {
        let operator = Operator::start().await;
        let file = write(&operator, "users.ndjson", &rows);
        let import = ["--json", "import", &*file, "--source", "old", "--yes"];
        let is_killed = match delay {
            Some(delay) => operator.kill_after(&import, Duration::from_millis(delay)).await,
            None => false,
        };
        let done = operator.run(&import).await;
        let answer: Value = serde_json::from_str(&done.out).expect("JSON");
        let count = |name: &str| answer[name].as_u64().expect("a number");
        let sums = [count("imported") + count("already"), count("taken"), count("rejected")];
        let rejected = std::fs::read_to_string(format!("{file}.rejected.ndjson")).expect("a file");
        assert!(
            !std::fs::exists(format!("{file}.latchkey")).expect("a folder"),
            "the note ends with the import"
        );
        let database = &operator.latchkey.database;
        let items = (database.items("UsersTable").len(), database.items("CredentialsTable").len());
        ((is_killed, done.err.contains("was stopped after")), (sums, items, rejected))
    };
    let (_, whole) = run(None).await;
    assert_eq!((whole.0, whole.1), ([388, 4, 8], (388, 776)));
    let rounds = soak(8, 100);
    let (mut killed, mut resumed) = (0, 0);
    for round in 0..rounds {
        // From before the first write to after the last one.
        let delay = u64::try_from(10 + 30 * round % 400).expect("a delay");
        let ((is_killed, is_resumed), end) = run(Some(delay)).await;
        killed += usize::from(is_killed);
        resumed += usize::from(is_resumed);
        assert_eq!(end, whole, "round {round}");
    }
    assert!(killed > rounds / 4 && resumed > 0, "{killed} of {rounds} were killed, {resumed} went on");
}
