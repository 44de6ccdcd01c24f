//! Login of users who came with a hash of another system.

use latchkey::password::PasswordHasher;
use serde_json::{Value, json};

use crate::harness::{Client, Latchkey, NO_ADDRESS_LIMITS, corpus};

/// Gives both credentials of a user this hash, as an import does.
fn import(latchkey: &Latchkey, username: &str, hash: &str) {
    for identifier in [format!("username#{username}"), format!("email#{username}@example.com")] {
        let key = json!({ "identifier": { "S": identifier } });
        let attributes = json!({ "password_hash": { "S": hash }, "imported": { "N": "1800000000" } });
        latchkey.database.set("CredentialsTable", key, &attributes);
    }
}

async fn log_in(latchkey: &Latchkey, identifier: &str, password: &str) -> i64 {
    let fields = json!({ "identifier": identifier, "password": password });
    Client::program().moved().post(latchkey, "/login", &fields).await.status
}

/// Logs in with the old hash, and then with the new one, by both identifiers.
async fn comes_over(latchkey: &Latchkey, username: &str, hash: &str, password: &str) {
    import(latchkey, username, hash);
    let email = format!("{username}@example.com");
    let hashes = latchkey.functions.login.verifier.hasher.computed();
    assert_eq!(log_in(latchkey, &email, "a wrong password").await, 401, "{hash}");
    assert_eq!(latchkey.functions.login.verifier.hasher.computed() - hashes, 1, "{hash}");
    assert_eq!(log_in(latchkey, username, password).await, 200, "{hash}");
    let items = latchkey.database.items("CredentialsTable").into_iter();
    let own: Vec<Value> =
        items.filter(|item| item["identifier"]["S"].as_str().unwrap().contains(username)).collect();
    assert_eq!(own.len(), 2);
    for item in own {
        let stored = item["password_hash"]["S"].as_str().unwrap();
        assert!(stored.starts_with("$argon2id$") && stored != hash, "{hash}: {stored}");
        assert!(item.get("imported").is_none(), "{hash}");
    }
    for identifier in [username, &email] {
        assert_eq!(log_in(latchkey, identifier, password).await, 200, "{hash}");
        assert_eq!(log_in(latchkey, identifier, "a wrong password").await, 401, "{hash}");
    }
}

#[tokio::test]
async fn the_first_login_after_an_import_verifies_the_old_hash_and_stores_argon2id() {
    let mut latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    // Other parameters than those of the hashes below.
    latchkey.functions.login.verifier.hasher =
        PasswordHasher::new(argon2::Params::new(64, 1, 1, None).unwrap());
    for hash in [
        "$2b$04$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6",
        "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$52TUcXBu7fzTIT/PULG5v0aaozTmhGtLaF3otLlj8x8",
        "$over$ssha1$c2FsdA$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
         neh7hnj6r1KI0nPR1ps1kgNtDJPd8cRQELDTd7JWNwE",
    ] {
        comes_over(&latchkey, "ada1", hash, "  Grüße, ﬁne №1 ").await;
    }
}

#[tokio::test]
async fn the_hashes_of_the_original_libraries_log_in() {
    let Some(text) = corpus("hashes/vectors.ndjson") else { return };
    let mut latchkey = Latchkey::start_with(&NO_ADDRESS_LIMITS).await;
    Client::signed_up(&latchkey, "ada1").await;
    latchkey.functions.login.verifier.hasher =
        PasswordHasher::new(argon2::Params::new(64, 1, 1, None).unwrap());
    let mut count = 0;
    for line in text.lines() {
        let vector: Value = serde_json::from_str(line).expect("JSON");
        if let Some(stored) = vector["stored"].as_str() {
            count += 1;
            comes_over(&latchkey, "ada1", stored, vector["password"].as_str().expect("a password")).await;
        }
    }
    assert_eq!(count, 120);
}
