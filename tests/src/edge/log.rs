//! The log: one entry for each request, which says what happened but not who the user is.

mod events;

use serde_json::{Value, json};

use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::latchkey::keys;
use crate::harness::log_entries::LogEntries;
use crate::harness::{Client, Database, Event, Fault, Latchkey, SecretsManager};
use crate::rules::limiter::{guess, wrong};

/// The log entry of the last request.
fn entry(log: &LogEntries) -> Value {
    let mut all: Vec<Value> = log.take().into_iter().filter(|entry| entry["message"] == "request").collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The metrics of a log entry, by the rules of CloudWatch's embedded metric format.
fn metrics(entry: &Value) -> Vec<String> {
    let Some(meta) = entry.get("_aws") else { return Vec::new() };
    assert!(meta["Timestamp"].as_i64().is_some_and(|time| time > 1_500_000_000_000), "milliseconds");
    let [directive] = meta["CloudWatchMetrics"].as_array().expect("directives").as_slice() else {
        panic!("one directive")
    };
    assert_eq!(directive["Namespace"], "Latchkey");
    let sets = directive["Dimensions"].as_array().expect("sets").iter();
    for dimension in sets.flat_map(|set| set.as_array().expect("a set")) {
        assert!(entry[dimension.as_str().expect("a name")].is_string(), "{dimension}");
    }
    let names = directive["Metrics"].as_array().expect("metrics").iter();
    let names: Vec<String> =
        names.map(|metric| metric["Name"].as_str().expect("a name").to_owned()).collect();
    assert!(names.iter().all(|name| entry[name].is_number()) && !names.is_empty(), "{entry}");
    names
}

#[tokio::test]
async fn each_request_is_one_log_entry_that_says_what_happened() {
    let latchkey = Latchkey::start().await;
    let log = LogEntries::collect();
    let mut client = Client::program();
    latchkey.database.fail_always("BatchGetItem", Fault::error(500, "InternalServerError"));
    for (method, path, body, status, code, metric) in [
        ("POST", "/signup", account("ada1"), 201, None, Some("SignUps")),
        ("POST", "/signup", account("ada1"), 409, Some("username_taken"), None),
        ("POST", "/signup", json!({}), 422, Some("invalid_input"), None),
        ("POST", "/login", wrong("ada1"), 401, Some("invalid_credentials"), Some("WrongPasswords")),
        ("POST", "/login", credentials("ada1"), 200, None, Some("LogIns")),
        ("GET", "/profile", json!({}), 503, Some("unavailable"), Some("Unavailable")),
        ("POST", "/logout", json!({}), 204, None, None),
        ("GET", "/profile", json!({}), 401, Some("unauthenticated"), None),
    ] {
        latchkey.database.take_calls();
        let response = match method {
            "GET" => client.get(&latchkey, path).await,
            _ => client.post(&latchkey, path, &body).await,
        };
        let entry = entry(&log);
        assert_eq!(response.status, status);
        assert_eq!(entry["route"], format!("{method} {path}"));
        assert_eq!((&entry["status"], &entry["code"]), (&json!(status), &json!(code)), "{entry}");
        assert_eq!(entry["database_calls"], latchkey.database.take_calls().len(), "{entry}");
        assert_eq!(
            (&entry["request_id"], &entry["timestamp"]),
            (&json!("request-id"), &json!("2026-11-20T09:00:00Z"))
        );
        assert!(entry["milliseconds"].as_f64().is_some_and(|time| time > 0.0) && entry["cold"].is_boolean());
        assert_eq!(metrics(&entry), metric.into_iter().collect::<Vec<_>>(), "{entry}");
    }
}

#[tokio::test]
async fn a_page_a_refusal_and_a_fault_are_logged_with_their_code_or_metric() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let log = LogEntries::collect();
    let page = Client::browser().post(&latchkey, "/login", &wrong("unknown")).await;
    assert_eq!((page.status, page.header("content-type")), (401, Some("text/html; charset=utf-8")));
    assert_eq!(entry(&log)["code"], "invalid_credentials", "an error page has a code, too");

    guess(&latchkey, &Client::program(), "unknown").await;
    let refused = log.take().pop().expect("an entry");
    assert_eq!(metrics(&refused), ["TooManyAttempts"]);
    latchkey.database.fail_always("BatchWriteItem", Fault::error(400, "AccessDeniedException"));
    assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 500);
    let failed = log.take();
    let errors = failed.iter().filter(|entry| entry["level"] == "ERROR").count();
    assert_eq!(errors, 1, "the cause has its own entry");
    assert_eq!(metrics(failed.last().expect("an entry")), ["InternalErrors"]);
}

/// The log entries of a user who signs up, reads the profile, mistypes the password, and logs in.
struct Visit {
    sign_up: Value,
    profile: Value,
    by_username: Value,
    by_email: Value,
    /// What identifies the user, and must not be in the log.
    secrets: [String; 3],
}

impl Visit {
    async fn new(latchkey: &Latchkey, log: &LogEntries) -> Self {
        let mut ada = Client::program().at("203.0.113.7");
        let signed_up = ada.post(latchkey, "/signup", &account("ada.lovelace")).await;
        let user_id = signed_up.json()["user"]["id"].as_str().expect("an id").to_owned();
        let sign_up = entry(log);
        let secrets = [user_id, ada.token().to_owned(), ada.cookies["__Host-device"].clone()];
        ada.get(latchkey, "/profile").await;
        let profile = entry(log);
        ada.post(latchkey, "/login", &wrong("ADA.lovelace")).await;
        let by_username = entry(log);
        ada.post(latchkey, "/login", &credentials("ada.lovelace@example.com")).await;
        Self { sign_up, profile, by_username, by_email: entry(log), secrets }
    }
}

#[tokio::test]
async fn log_entries_of_one_person_can_be_correlated_but_not_attributed() {
    let latchkey = Latchkey::start().await;
    let log = LogEntries::collect();
    let Visit { sign_up, profile, by_username, by_email, secrets } = Visit::new(&latchkey, &log).await;
    assert_eq!((&profile["user"], &profile["address"]), (&sign_up["user"], &sign_up["address"]));
    assert!(profile.get("identifier").is_none());
    assert_eq!(by_username["identifier"], sign_up["identifier"]);
    assert_eq!(by_email["user"], sign_up["user"]);
    assert_ne!(by_email["identifier"], sign_up["identifier"], "each identifier has its own hash");

    Client::signed_up(&latchkey, "eve1").await;
    let other = entry(&log);
    for kind in ["user", "identifier", "address"] {
        let hash = sign_up[kind].as_str().expect("a hash");
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(hash.len() == 16 && hash.bytes().all(is_base64url));
        assert_ne!(other[kind], sign_up[kind], "{kind}");
    }

    // The log holds no text that a client chooses.
    latchkey.send(&Event::new("GET", "/ada.lovelace").header("user-agent", "ada.lovelace")).await;
    latchkey.send(&Event::new("ADA.LOVELACE", "/login")).await;
    let unknown = log.take();
    assert!(unknown.iter().all(|entry| entry["route"] == Value::Null), "{unknown:?}");
    let all = json!([sign_up, profile, by_username, by_email, unknown]).to_string().to_lowercase();
    let known = ["ada.lovelace", "example.com", "203.0.113", PASSWORD];
    for secret in known.into_iter().chain(secrets.iter().map(String::as_str)) {
        assert!(!all.contains(&secret.to_lowercase()), "{secret}");
    }
}

#[tokio::test]
async fn log_entries_under_different_keys_cannot_be_correlated() {
    let latchkey = Latchkey::start().await;
    let log = LogEntries::collect();
    let Visit { sign_up, .. } = Visit::new(&latchkey, &log).await;
    let elsewhere =
        Latchkey::start_with(&[("SIGNING_KEYS", r#"{"0":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#)]);
    let elsewhere = elsewhere.await;
    Client::program().at("203.0.113.7").post(&elsewhere, "/login", &wrong("ada.lovelace")).await;
    let under_another_key = entry(&log);
    assert_ne!(under_another_key["identifier"], sign_up["identifier"]);
    assert_ne!(under_another_key["address"], sign_up["address"]);
}

#[tokio::test]
async fn keys_that_stay_unreadable_are_a_metric_and_an_error() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let latchkey = secrets.latchkey(&[]).await;
    let log = LogEntries::collect();
    latchkey.pass(7_200);
    let nothing = latchkey.send(&Event::new("GET", "/wp-login.php")).await;
    let metrics_of_nothing = metrics(&log.take()[0]);
    assert_eq!(
        (nothing.status, metrics_of_nothing),
        (404, Vec::new()),
        "a request that needs no keys does not read them"
    );
    Client::program().get(&latchkey, "/").await;
    log.take();
    database.fail_always("GetSecretValue", Fault::error(500, "InternalServiceError"));
    for (seconds, metric) in [(300, None), (1_800, None), (60, Some("StaleKeys"))] {
        latchkey.pass(seconds);
        Client::program().get(&latchkey, "/").await;
        let entries = log.take();
        assert_eq!(metrics(entries.last().expect("an entry")), metric.into_iter().collect::<Vec<_>>());
        let errors = entries.iter().filter(|entry| entry["level"] == "ERROR").count();
        assert_eq!(errors, 1, "each failed read is an error");
        Client::program().get(&latchkey, "/").await;
        assert_eq!(log.take().len(), 1, "a request without a read has only its own entry");
    }
}

#[tokio::test]
async fn addresses_are_logged_only_as_far_as_the_operator_asks() {
    for (setting, expected) in
        [("", None), ("none", None), ("network", Some("203.0.113.0/24")), ("full", Some("203.0.113.7"))]
    {
        let latchkey = Latchkey::start_with(&[("LOG_ADDRESSES", setting)]).await;
        let log = LogEntries::collect();
        Client::program().at("203.0.113.7").get(&latchkey, "/profile").await;
        let entry = entry(&log);
        assert_eq!(entry.get("client_address").and_then(Value::as_str), expected, "{setting}");
    }
}
