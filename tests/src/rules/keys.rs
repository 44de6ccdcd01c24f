//! The signing keys in Secrets Manager: the functions read them at the start, read them again in time, and never lose
//! them.

use data_encoding::BASE64URL_NOPAD;
use latchkey::aws::Aws;
use latchkey::config::Environment;
use latchkey::keys::Keys;
use latchkey::time::Timestamp;
use serde_json::{Value, json};

use crate::functions::Functions;
use crate::harness::client::credentials;
use crate::harness::latchkey::{KID, SECRET, environment, keys};
use crate::harness::{Client, Database, Fault, Latchkey, SecretsManager};

/// The key of all tests, and keys that sign from these times on.
fn keys_from(times: &[i64]) -> String {
    let mut all: Value = serde_json::from_str(&keys()).expect("JSON");
    for time in times {
        let secret = [u8::try_from(time % 251).expect("a byte"); 32];
        all[time.to_string()] = json!(BASE64URL_NOPAD.encode(&secret));
    }
    all.to_string()
}

/// The number of reads of the secret since the last time this was called.
fn reads(database: &Database) -> usize {
    database.take_operations().iter().filter(|operation| *operation == "GetSecretValue").count()
}

/// The name of the key of a client's session token.
pub fn kid(client: &Client) -> String {
    let header = client.token().split('.').next().expect("a header").as_bytes();
    let header: Value =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(header).expect("base64url")).expect("JSON");
    header["kid"].as_str().expect("a key id").to_owned()
}

/// A client whose token names another key.
fn with_kid(client: &Client, kid: &str) -> Client {
    let header = json!({ "alg": "dir", "enc": "A256GCM", "kid": kid, "typ": "session+jwt" }).to_string();
    let (_, rest) = client.token().split_once('.').expect("a token");
    Client::with_token(&format!("{}.{rest}", BASE64URL_NOPAD.encode(header.as_bytes())))
}

#[tokio::test]
async fn the_keys_are_read_at_the_start_and_again_after_five_minutes() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let latchkey = secrets.latchkey(&[]).await;
    assert_eq!(reads(&database), Functions::NAMES.len() - 1, "one read for each function but discovery");
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..10 {
        latchkey.pass(29);
        assert_eq!(client.get(&latchkey, "/profile").await.status, 200);
    }
    assert_eq!(reads(&database), 0);
    assert_eq!(kid(&client), KID);
    let now = latchkey.now();
    secrets.put(&keys_from(&[now])).await;
    latchkey.pass(10);
    assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    assert_eq!((reads(&database), kid(&client)), (1, now.to_string()));
}

#[tokio::test]
async fn a_token_of_a_newer_key_is_accepted_everywhere_at_once() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let (one, other) = (secrets.latchkey(&[]).await, secrets.latchkey(&[]).await);
    let mut client = Client::signed_up(&one, "ada1").await;
    secrets.put(&keys_from(&[one.now() - 5])).await;
    one.pass(300);
    other.pass(299);
    database.take_calls();
    assert_eq!(client.post(&one, "/login", &credentials("ada1")).await.status, 200);
    assert_ne!(kid(&client), KID);
    assert!(client.is_signed_in(&other).await);
    assert_eq!(reads(&database), 2, "the keys of one were old, and the other did not know that of the token");
}

#[tokio::test]
async fn a_logout_ends_a_session_of_keys_that_were_replaced_a_moment_ago() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let old = secrets.latchkey(&[]).await;
    Client::signed_up(&old, "ada1").await;
    secrets.put(&keys_from(&[old.now()])).await;
    let new = secrets.latchkey(&[]).await;
    let mut client = Client::program();
    assert_eq!(client.post(&new, "/login", &credentials("ada1")).await.status, 200);
    assert_eq!(kid(&client), old.now().to_string());
    old.pass(1);
    assert_eq!(client.post(&old, "/logout", &json!({})).await.status, 204);
    assert!(!client.is_signed_in(&new).await);
}

#[tokio::test]
async fn made_up_key_ids_neither_flood_secrets_manager_nor_delay_real_ones() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let (one, other) = (secrets.latchkey(&[]).await, secrets.latchkey(&[]).await);
    let client = Client::signed_up(&one, "ada1").await;
    database.take_calls();
    for second in 0..100 {
        for number in 0..5 {
            let kid = second * 5 + number + 1;
            let response = with_kid(&client, &kid.to_string()).get(&other, "/profile").await;
            assert_eq!(response.status, 401);
        }
        other.pass(1);
    }
    assert_eq!(reads(&database), 9, "one read every ten seconds, after the first ten");
    for odd in ["", "x", "-1", "1e3", "../../dev/null", &"9".repeat(1_000)] {
        other.pass(10);
        assert_eq!(with_kid(&client, odd).get(&other, "/profile").await.status, 401);
    }
    assert!(reads(&database) <= 1, "an invalid key id causes no read");
    for _ in 0..10 {
        for _ in 0..5 {
            let kid = other.now().to_string();
            assert_eq!(with_kid(&client, &kid).get(&other, "/profile").await.status, 401);
        }
        other.pass(1);
    }
    assert!(reads(&database) <= 10, "one read a second for the names that a new key could have");

    secrets.put(&keys_from(&[one.now() + 100])).await;
    one.pass(300);
    let mut real = Client::program();
    assert_eq!(real.post(&one, "/login", &credentials("ada1")).await.status, 200);
    assert_ne!(kid(&real), KID);
    other.pass(100);
    assert!(real.is_signed_in(&other).await);
}

/// Checks that a client of an unknown key gets a 503 and keeps its cookies.
async fn check_unavailable(client: &mut Client, latchkey: &Latchkey, fault: &Fault) {
    for (path, method) in [("/profile", "GET"), ("/logout", "POST"), ("/login", "POST")] {
        let before = client.cookies.clone();
        let response = match method {
            "GET" => client.get(latchkey, path).await,
            _ => client.post(latchkey, path, &credentials("ada1")).await,
        };
        assert_eq!((response.status, response.code().as_str()), (503, "unavailable"), "{fault:?}");
        assert!(response.header("retry-after").is_some() && response.cookies.is_empty());
        assert_eq!(client.cookies, before);
    }
}

#[tokio::test]
async fn no_user_is_logged_out_while_the_secret_cannot_be_read() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let (one, other) = (secrets.latchkey(&[]).await, secrets.latchkey(&[]).await);
    let mut old = Client::signed_up(&one, "ada1").await;
    secrets.put(&keys_from(&[one.now() + 10])).await;
    one.pass(300);
    let mut new = Client::program();
    assert_eq!(new.post(&one, "/login", &credentials("ada1")).await.status, 200);
    assert_ne!(kid(&new), KID);

    for fault in [
        Fault::error(500, "InternalServiceError"),
        Fault::error(400, "AccessDeniedException"),
        Fault::error(400, "ResourceNotFoundException"),
        Fault::Garbage,
        Fault::Broken,
        Fault::Silent,
    ] {
        database.clear_faults();
        database.fail_always("GetSecretValue", fault.clone());
        other.pass(300);
        database.take_calls();
        check_unavailable(&mut new, &other, &fault).await;
        let tries = reads(&database);
        assert!((1..=9).contains(&tries), "one read and its retries, of each function: {tries}");
        assert_eq!(old.get(&other, "/profile").await.status, 200, "the last good keys verify");
        assert_eq!(old.post(&other, "/login", &credentials("ada1")).await.status, 200, "and they sign");
        assert_eq!(kid(&old), KID);
        assert_eq!(reads(&database), 0, "the next read comes later");
    }
    database.clear_faults();
    for text in ["", "{}", r#"{"0":"short"}"#, "not JSON"] {
        if !text.is_empty() {
            secrets.put(text).await;
        }
        other.pass(300);
        assert_eq!(old.get(&other, "/profile").await.status, 200, "{text}");
    }
    secrets.put(&keys_from(&[one.now() - 290])).await;
    other.pass(10);
    assert_eq!(new.get(&other, "/profile").await.status, 200);
}

/// The error of a start with these variables.
async fn start(database: &Database, variables: &[(&str, &str)]) -> String {
    let mut environment = environment("profile", database.endpoint());
    for (name, value) in variables {
        environment.insert((*name).to_owned(), (*value).to_owned());
    }
    let environment = Environment::new(environment);
    let keys =
        Keys::new(&environment, &Aws::from_environment(&environment).expect("AWS")).expect("a configuration");
    keys.load(Timestamp::from_seconds(0)).await.expect_err("no keys").to_string()
}

#[tokio::test]
async fn a_start_without_readable_keys_says_what_is_wrong() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let endpoint = database.endpoint().to_owned();
    let here = [("SIGNING_KEYS", ""), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &*endpoint)];
    let secret = BASE64URL_NOPAD.encode(&SECRET);
    for text in ["{}".to_owned(), "hunter2".to_owned(), json!({ "0": &secret[..42] }).to_string()] {
        secrets.put(&text).await;
        let message = start(&database, &here).await;
        let expected = "configuration: SIGNING_KEYS_SECRET names a secret whose keys cannot be read";
        assert!(message.starts_with(expected));
        assert!(message.contains("must be a JSON object") && !message.contains('\n'), "{message}");
        assert!(!message.contains("hunter2") && !message.contains(&secret[..42]));
    }
    let elsewhere = [("SIGNING_KEYS", ""), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")];
    assert!(start(&database, &elsewhere).await.contains("dispatch failure"), "nothing listens on this port");
    let unknown = [here[0], here[1], ("SIGNING_KEYS_SECRET", "another")];
    assert!(start(&database, &unknown).await.contains("profile is not authorized"));
}
