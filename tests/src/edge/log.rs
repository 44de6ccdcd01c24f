//! The log: one line for each request, which tells what happened and of nobody who it was.

use serde_json::{Value, json};

use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::latchkey::keys;
use crate::harness::log_entries::LogEntries;
use crate::harness::{Client, Database, Event, Fault, Latchkey, SecretsManager};
use crate::rules::limiter::{guess, wrong};

/// The only line of the last request.
fn line(lines: &LogEntries) -> Value {
    let mut all: Vec<Value> = lines.take().into_iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The metrics of a line, by the rules of CloudWatch's embedded metric format.
fn metrics(line: &Value) -> Vec<String> {
    let Some(meta) = line.get("_aws") else { return Vec::new() };
    assert!(meta["Timestamp"].as_i64().is_some_and(|time| time > 1_500_000_000_000), "milliseconds");
    let [directive] = meta["CloudWatchMetrics"].as_array().expect("directives").as_slice() else {
        panic!("one")
    };
    assert_eq!(directive["Namespace"], "Latchkey");
    for dimension in directive["Dimensions"]
        .as_array()
        .expect("sets")
        .iter()
        .flat_map(|set| set.as_array().expect("a set"))
    {
        assert!(line[dimension.as_str().expect("a name")].is_string(), "{dimension}");
    }
    let names = directive["Metrics"].as_array().expect("metrics").iter();
    let names: Vec<String> =
        names.map(|metric| metric["Name"].as_str().expect("a name").to_owned()).collect();
    assert!(names.iter().all(|name| line[name].is_number()) && !names.is_empty(), "{line}");
    names
}

#[tokio::test]
async fn each_request_is_one_log_entry_that_says_what_happened() {
    let latchkey = Latchkey::start().await;
    let lines = LogEntries::collect();
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
        let line = line(&lines);
        assert_eq!(response.status, status);
        assert_eq!(line["route"], format!("{method} {path}"));
        assert_eq!((&line["status"], &line["code"]), (&json!(status), &json!(code)), "{line}");
        assert_eq!(line["database_calls"], latchkey.database.take_calls().len(), "{line}");
        assert_eq!(
            (&line["request_id"], &line["timestamp"]),
            (&json!("request-id"), &json!("2026-11-20T09:00:00Z"))
        );
        assert!(line["milliseconds"].as_f64().is_some_and(|time| time > 0.0) && line["cold"].is_boolean());
        assert_eq!(metrics(&line), metric.into_iter().collect::<Vec<_>>(), "{line}");
    }
    let page = Client::browser().post(&latchkey, "/login", &wrong("nobody")).await;
    assert_eq!((page.status, page.header("content-type")), (401, Some("text/html; charset=utf-8")));
    assert_eq!(line(&lines)["code"], "invalid_credentials", "what a person sees as a page is a problem too");

    guess(&latchkey, &Client::program(), "nobody").await;
    let refused = lines.take().pop().expect("a line");
    assert_eq!(metrics(&refused), ["TooManyAttempts"]);
    latchkey.database.fail_always("PutItem sessions", Fault::error(400, "AccessDeniedException"));
    assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 500);
    let failed = lines.take();
    assert_eq!(failed.iter().filter(|line| line["level"] == "ERROR").count(), 1, "why, in a line of its own");
    assert_eq!(metrics(failed.last().expect("a line")), ["InternalErrors"]);
}

#[tokio::test]
async fn log_entries_of_one_person_can_be_correlated_but_not_attributed() {
    let latchkey = Latchkey::start().await;
    let lines = LogEntries::collect();
    let mut ada = Client::program().at("203.0.113.7");
    let signed_up = ada.post(&latchkey, "/signup", &account("ada.lovelace")).await;
    let user_id = signed_up.json()["user"]["id"].as_str().expect("an id").to_owned();
    let first = line(&lines);
    let secrets = [ada.token().to_owned(), ada.cookies["__Host-device"].clone()];
    ada.get(&latchkey, "/profile").await;
    let profile = line(&lines);
    assert_eq!((&profile["user"], &profile["address"]), (&first["user"], &first["address"]));
    assert!(profile.get("identifier").is_none());
    ada.post(&latchkey, "/login", &wrong("ADA.lovelace")).await;
    let log_in = line(&lines);
    assert_eq!(log_in["identifier"], first["identifier"]);
    ada.post(&latchkey, "/login", &credentials("ada.lovelace@example.com")).await;
    let by_email = line(&lines);
    assert_eq!(by_email["user"], first["user"]);
    assert_ne!(by_email["identifier"], first["identifier"], "each of the two names has its own");

    let eve = Client::signed_up(&latchkey, "eve1").await;
    let other = line(&lines);
    for kind in ["user", "identifier", "address"] {
        let hash = first[kind].as_str().expect("a hash");
        assert!(
            hash.len() == 16
                && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_ne!(other[kind], first[kind], "{kind}");
    }
    let elsewhere =
        Latchkey::start_with(&[("SIGNING_KEYS", r#"{"0":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#)]);
    let elsewhere = elsewhere.await;
    Client::program().at("203.0.113.7").post(&elsewhere, "/login", &wrong("ada.lovelace")).await;
    let under_another_key = line(&lines);
    assert_ne!(under_another_key["identifier"], first["identifier"]);
    assert_ne!(under_another_key["address"], first["address"]);

    // What a client makes up stands nowhere.
    latchkey.send(&Event::new("GET", "/ada.lovelace").header("user-agent", "ada.lovelace")).await;
    latchkey.send(&Event::new("ADA.LOVELACE", "/login")).await;
    let unknown = lines.take();
    assert!(unknown.iter().all(|line| line["route"] == Value::Null), "{unknown:?}");
    let all = json!([first, profile, log_in, by_email, unknown]).to_string().to_lowercase();
    for thing in [
        "ada.lovelace",
        "example.com",
        "203.0.113",
        &user_id.to_lowercase(),
        PASSWORD,
        &secrets[0],
        &secrets[1],
    ] {
        assert!(!all.contains(&thing.to_lowercase()), "{thing}");
    }
    drop(eve);
}

#[tokio::test]
async fn keys_that_stay_unreadable_are_a_metric_and_an_error() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let latchkey = secrets.latchkey(&[]).await;
    let lines = LogEntries::collect();
    latchkey.pass(7_200);
    let nothing = latchkey.send(&Event::new("GET", "/wp-login.php")).await;
    assert_eq!(
        (nothing.status, metrics(&lines.take()[0])),
        (404, Vec::new()),
        "what needs no keys does not read them"
    );
    Client::program().get(&latchkey, "/").await;
    lines.take();
    database.fail_always("GetSecretValue", Fault::error(500, "InternalServiceError"));
    for (seconds, metric) in [(300, None), (1_800, None), (60, Some("StaleKeys"))] {
        latchkey.pass(seconds);
        Client::program().get(&latchkey, "/").await;
        let logged = lines.take();
        assert_eq!(metrics(logged.last().expect("a line")), metric.into_iter().collect::<Vec<_>>());
        let errors = logged.iter().filter(|line| line["level"] == "ERROR").count();
        assert_eq!(errors, 1, "each failed read");
        Client::program().get(&latchkey, "/").await;
        assert_eq!(lines.take().len(), 1, "and not each request");
    }
}
