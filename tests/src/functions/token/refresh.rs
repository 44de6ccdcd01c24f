//! Refresh tokens, and the sessions that are held in them.

mod bearer;
mod grant;

use serde_json::{Value, json};

use crate::functions::token::error;
use crate::harness::access_token::{is_signed, keys, parts};
use crate::harness::app::{App, refresh_token};
use crate::harness::client::{account, credentials};
use crate::harness::log_entries::LogEntries;
use crate::harness::{Client, Fault, Latchkey, Response};

/// How long a replaced token gets the same successor.
const AGAIN: i64 = 10;
const DAY: i64 = 86_400;

/// A deployment with a user who has logged in without cookies.
async fn start() -> (Latchkey, App) {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await.post(&latchkey, "/logout", &json!({})).await;
    let app = App::logged_in(&latchkey, "ada1").await;
    latchkey.database.take_calls();
    (latchkey, app)
}

/// Generation and previous generation of the only session.
fn generations(latchkey: &Latchkey) -> (Value, Value) {
    let session = latchkey.database.session();
    (session["generation"]["N"].clone(), session["previous"]["N"].clone())
}

/// Whether a response is the one to every token that no longer counts.
fn is_invalid_grant(response: &Response) -> bool {
    error(response) == (400, "invalid_grant".to_owned(), "invalid_grant".to_owned())
        && response.header("www-authenticate").is_none()
}

#[tokio::test]
async fn a_login_and_a_sign_up_give_a_refresh_token_instead_of_cookies() {
    let latchkey = Latchkey::start().await;
    let mut new = account("ada1");
    new["session"] = json!("token");
    let event = Client::program().event("POST", "/signup").header("accept", "text/html");
    let signed_up = latchkey.send(&event.body("application/json", &new.to_string())).await;
    assert_eq!(signed_up.header("location"), Some("/profile"), "whatever it accepts");
    let mut fields = credentials("ada1");
    fields["session"] = json!("token");
    let logged_in = Client::program().post(&latchkey, "/login", &fields).await;
    for (response, status) in [(signed_up, 201), (logged_in, 200)] {
        assert_eq!((response.status, response.cookies.len()), (status, 0), "{response:?}");
        let body = response.json();
        let names: Vec<_> = body.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["refresh_token", "session", "user"], "no access token");
        let token = refresh_token(&response);
        assert!(token.len() <= 400, "{}", token.len());
        let header = token.split('.').next().expect("a header").as_bytes();
        let header = data_encoding::BASE64URL_NOPAD.decode(header).expect("base64url");
        let expected = r#"{"alg":"dir","enc":"A256GCM","kid":"0","typ":"refresh+jwt"}"#;
        assert_eq!(String::from_utf8(header).expect("UTF-8"), expected);
    }
    // The session that a request presents ends.
    let app = App::logged_in(&latchkey, "ada1").await;
    let replaced = app.post(&latchkey, "/login", &credentials("ada1")).await;
    assert_eq!((replaced.status, replaced.cookies.len()), (200, 0), "it is held as the presented one was");
    assert!(!app.is_signed_in(&latchkey).await);
    assert!(app.with(&refresh_token(&replaced)).is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn only_a_program_gets_a_refresh_token() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    let with = |path: &str, value: Value| {
        let mut fields = if path == "/login" { credentials("ada1") } else { account("ada2") };
        fields["session"] = value;
        Client::program().event("POST", path).body("application/json", &fields.to_string())
    };
    for path in ["/login", "/signup"] {
        for event in [
            with(path, json!("token")).header("sec-fetch-site", "same-origin"),
            with(path, Value::Null)
                .header("sec-fetch-site", "same-origin")
                .header("authorization", "Bearer x"),
            with(path, json!("bearer")),
            with(path, json!("")),
            with(path, json!("cookie")).header("authorization", "Bearer x"),
        ] {
            let response = latchkey.send(&event).await;
            assert_eq!(response.status, 422, "{response:?}");
            assert_eq!(
                response.field_errors(),
                [("session".to_owned(), "invalid".to_owned())],
                "{response:?}"
            );
        }
    }
    let mut browser = Client::browser();
    let mut fields = credentials("ada1");
    fields["session"] = json!("token");
    let response = browser.post(&latchkey, "/login", &fields).await;
    assert_eq!((response.status, response.cookies.len()), (303, 2), "a form has no such field");
    for value in [json!("cookie"), Value::Null] {
        let response = latchkey.send(&with("/login", value)).await;
        assert_eq!((response.status, response.cookies.len()), (200, 2), "{response:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_is_replaced_and_renews_the_session() {
    let (latchkey, mut app) = start().await;
    latchkey.pass(13 * DAY);
    let first = app.token.clone();
    let response = app.refresh(&latchkey).await;
    let mut operations = latchkey.database.take_operations();
    operations.sort();
    assert_eq!(operations, ["GetItem users", "UpdateItem sessions"]);
    assert_eq!((response.status, response.cookies.len()), (200, 0), "{response:?}");
    let body = response.json();
    let access = body["access_token"].as_str().expect("a token");
    assert!(is_signed(access, &keys(&latchkey).await));
    let session = latchkey.database.session();
    assert_eq!(parts(access)[1]["sid"], session["session_id"]["S"]);
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert_ne!(app.token, first);
    assert_eq!(generations(&latchkey), (json!("1"), json!("0")));
    let now = latchkey.now();
    let number = |name: &str| session[name]["N"].as_str().and_then(|text| text.parse::<i64>().ok());
    assert_eq!(number("renewed_at"), Some(now));
    assert_eq!(number("active_until"), Some(now + DAY));
    assert_eq!(number("idle_until"), Some(now + 14 * DAY));
    assert_eq!(number("expires_at"), Some(now + 14 * DAY));
    latchkey.pass(13 * DAY);
    assert_eq!(app.refresh(&latchkey).await.status, 200);
    let expires = latchkey.database.session()["expires_at"]["N"].clone();
    assert_eq!(expires, (now + 17 * DAY).to_string(), "not after the absolute end");
    latchkey.pass(4 * DAY);
    assert!(is_invalid_grant(&app.refresh(&latchkey).await), "the session has expired");
}

#[tokio::test]
async fn a_token_that_was_just_replaced_gets_the_same_successor() {
    let (latchkey, mut app) = start().await;
    let mut other = app.clone();
    assert_eq!(app.refresh(&latchkey).await.status, 200);
    latchkey.pass(AGAIN);
    latchkey.database.take_calls();
    let response = other.refresh(&latchkey).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(latchkey.database.take_operations().len(), 2, "nothing more is written");
    assert_eq!(generations(&latchkey), (json!("1"), json!("0")));
    assert!(app.is_signed_in(&latchkey).await && other.is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn a_client_that_lost_an_answer_gets_another_successor_at_any_time() {
    let (latchkey, mut app) = start().await;
    let mut lost = app.clone();
    assert_eq!(lost.refresh(&latchkey).await.status, 200);
    for generation in 2..5 {
        latchkey.pass(AGAIN + 1);
        let before = app.token.clone();
        let response = app.refresh(&latchkey).await;
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(generations(&latchkey), (json!(generation.to_string()), json!("0")));
        assert!(!lost.is_signed_in(&latchkey).await, "the successor that was not used is worth nothing");
        assert!(app.is_signed_in(&latchkey).await && app.with(&before).is_signed_in(&latchkey).await);
        // This answer is lost, too.
        app.token = before;
    }
    assert!(is_invalid_grant(&lost.refresh(&latchkey).await));
    assert!(latchkey.database.items("SessionsTable").is_empty(), "one of the two is a thief");
}

#[tokio::test]
async fn a_token_that_was_used_after_its_successor_ends_the_session() {
    let (latchkey, mut app) = start().await;
    let stolen = app.clone();
    app.refresh(&latchkey).await;
    app.refresh(&latchkey).await;
    assert_eq!(generations(&latchkey), (json!("2"), json!("1")));
    latchkey.database.fail_always("DeleteItem sessions", Fault::error(503, "ServiceUnavailable"));
    let response = stolen.clone().refresh(&latchkey).await;
    assert_eq!(response.status, 503, "the next use tries again: {response:?}");
    latchkey.database.clear_faults();
    let log = LogEntries::collect();
    assert!(is_invalid_grant(&stolen.clone().refresh(&latchkey).await));
    let entry = log.take().into_iter().find(|entry| entry["message"] == "request").expect("an entry");
    assert_eq!((&entry["event"], &entry["RefreshReused"]), (&json!("refresh_reused"), &json!(1)), "{entry}");
    assert!(entry["user"].is_string(), "{entry}");
    assert!(latchkey.database.items("SessionsTable").is_empty());
    assert!(!app.is_signed_in(&latchkey).await);
    latchkey.database.take_calls();
    assert!(is_invalid_grant(&app.refresh(&latchkey).await));
    assert!(latchkey.database.take_operations().is_empty(), "the session is known to have no item");
}

#[tokio::test]
async fn whatever_ends_a_session_ends_its_tokens_at_once() {
    let (latchkey, mut app) = start().await;
    let logged_out = latchkey.send(&app.event("POST", "/logout")).await;
    assert_eq!((logged_out.status, logged_out.cookies.len()), (204, 0), "{logged_out:?}");
    let refused = app.refresh(&latchkey).await;
    assert!(is_invalid_grant(&refused), "{refused:?}");

    let mut ended = App::logged_in(&latchkey, "ada1").await;
    latchkey.raise_epoch("ada1").await;
    assert!(!ended.is_signed_in(&latchkey).await);
    let mut other = ended.refresh(&latchkey).await;
    assert!(is_invalid_grant(&other), "{other:?}");
    other.body = other.body.replace(other.json()["request_id"].as_str().expect("an id"), "");
    let expected = refused.body.replace(refused.json()["request_id"].as_str().expect("an id"), "");
    assert_eq!((other.body, other.headers), (expected, refused.headers), "the reason shows nowhere");

    let mut disabled = App::logged_in(&latchkey, "ada1").await;
    let key = json!({ "user_id": latchkey.database.items("UsersTable")[0]["user_id"] });
    latchkey.database.set("UsersTable", key.clone(), &json!({ "status": { "S": "disabled" } }));
    assert!(!disabled.is_signed_in(&latchkey).await);
    assert!(is_invalid_grant(&disabled.refresh(&latchkey).await));
    latchkey.database.set("UsersTable", key, &json!({ "status": { "S": "active" } }));
    assert_eq!(disabled.refresh(&latchkey).await.status, 200, "nothing has ended the session");

    // A logout needs no token that counts.
    let old = disabled.clone();
    for _ in 0..3 {
        disabled.refresh(&latchkey).await;
    }
    assert!(!old.is_signed_in(&latchkey).await);
    assert_eq!(latchkey.send(&old.event("POST", "/logout")).await.status, 204);
    assert!(!disabled.is_signed_in(&latchkey).await);
}
