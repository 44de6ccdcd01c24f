//! The list of a user's sessions, and their end.

use serde_json::{Value, json};

use crate::functions::SampleEvent;
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::latchkey::SECRET;
use crate::harness::{Client, Fault, Latchkey, Response};
use crate::rules::limiter::guess;

/// The events of `events/sessions`.
pub const EVENTS: &[SampleEvent] = &[
    ("end-json", 401, "unauthenticated"),
    ("end-others-json", 401, "unauthenticated"),
    ("list-html", 303, ""),
    ("list-json", 401, "unauthenticated"),
];

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0";

async fn log_in(latchkey: &Latchkey, user_agent: &str) -> Client {
    let mut client = Client::program();
    let event = client.event("POST", "/login").header("user-agent", user_agent);
    let event = event.body("application/json", &credentials("ada1").to_string());
    assert_eq!(client.send(latchkey, &event).await.status, 200);
    client
}

async fn list(client: &Client, latchkey: &Latchkey) -> Vec<Value> {
    let response = client.clone().get(latchkey, "/profile/sessions").await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.json()["more"], false);
    response.json()["sessions"].as_array().cloned().expect("a list")
}

async fn end(client: &mut Client, latchkey: &Latchkey, id: &Value) -> Response {
    client.post(latchkey, "/profile/sessions/end", &json!({ "session": id })).await
}

#[tokio::test]
async fn a_user_sees_every_active_session_and_no_other() {
    let latchkey = Latchkey::start().await;
    let mut first = Client::signed_up(&latchkey, "ada1").await;
    Client::signed_up(&latchkey, "eve1").await;
    latchkey.pass(60);
    let second = log_in(&latchkey, FIREFOX).await;
    latchkey.pass(60);
    log_in(&latchkey, "curl/8").await.post(&latchkey, "/logout", &json!({})).await;
    let found = list(&second, &latchkey).await;
    let of = |name: &str| found.iter().map(|session| session[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("current"), [json!(true), json!(false)], "the newest first");
    assert_eq!(of("client"), [json!("Firefox on Linux"), json!("a program")]);
    assert_eq!(of("created_at"), [json!("2026-11-20T09:01:00Z"), json!("2026-11-20T09:00:00Z")]);
    assert_eq!(of("renewed_at"), [Value::Null, Value::Null]);
    assert!(found[0]["network"].as_str().expect("a network").ends_with(".0/24"));
    let page = second.clone().in_a_browser().get(&latchkey, "/profile/sessions").await;
    for text in ["Firefox on Linux (this browser)", "A program", "Log out there", "Log out everywhere else"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains("rv:152.0"), "a raw user agent is nowhere");

    latchkey.pass(86_400);
    assert_eq!(first.get(&latchkey, "/profile").await.status, 200, "renews the session");
    let found = list(&first, &latchkey).await;
    assert_eq!(found[1]["renewed_at"], "2026-11-21T09:02:00Z");
    latchkey.pass(14 * 86_400 - 1);
    assert_eq!(list(&first, &latchkey).await.len(), 1, "the other one has expired");
}

#[tokio::test]
async fn a_list_lets_no_one_in() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let found = list(&client, &latchkey).await;
    let id = found[0]["id"].as_str().expect("an id");
    assert_eq!(latchkey.database.session()["session_id"]["S"], id);
    let claims = fuzz::opened(client.token(), &fuzz::subkey("session+jwt/A256GCM", &SECRET));
    let claims: Value = serde_json::from_slice(&claims.expect("a token")).expect("JSON");
    assert_ne!(claims["sid"], id);
}

#[tokio::test]
async fn a_user_ends_a_session_of_their_own_and_of_no_one_else() {
    let latchkey = Latchkey::start().await;
    let mut ada = Client::signed_up(&latchkey, "ada1").await;
    let eve = Client::signed_up(&latchkey, "eve1").await;
    let other = log_in(&latchkey, FIREFOX).await;
    let foreign = list(&eve, &latchkey).await[0]["id"].clone();
    let before = latchkey.database.everything();
    for id in [foreign, json!("A".repeat(43)), json!("x"), json!("A".repeat(44)), json!("!".repeat(43))] {
        let response = end(&mut ada, &latchkey, &id).await;
        assert_eq!((response.status, response.code().as_str()), (404, "not_found"), "{id}");
    }
    assert_eq!(latchkey.database.everything(), before);
    assert!(eve.is_signed_in(&latchkey).await);
    let missing = ada.post(&latchkey, "/profile/sessions/end", &json!({})).await;
    assert_eq!(missing.field_errors(), [("session".to_owned(), "required".to_owned())]);

    let found = list(&ada, &latchkey).await;
    let id = &found.iter().find(|session| session["current"] == false).expect("another")["id"];
    assert_eq!(end(&mut ada, &latchkey, id).await.status, 204);
    assert!(!other.is_signed_in(&latchkey).await && ada.is_signed_in(&latchkey).await);
    assert_eq!(end(&mut ada, &latchkey, id).await.status, 404);
    let twice = end(&mut ada.clone().in_a_browser(), &latchkey, id).await;
    assert_eq!((twice.status, twice.header("location")), (303, Some("/profile/sessions")));

    let own = list(&ada, &latchkey).await[0]["id"].clone();
    let response = end(&mut ada, &latchkey, &own).await;
    assert_eq!(response.status, 204);
    assert!(!ada.cookies.contains_key("__Host-session"), "its cookie is cleared");
    assert!(
        latchkey.database.items("SessionsTable").len() == 1,
        "only the session of the other user is left"
    );
}

#[tokio::test]
async fn to_end_sessions_wants_a_fresh_one() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let other = log_in(&latchkey, FIREFOX).await;
    let id = list(&client, &latchkey).await[0]["id"].clone();
    latchkey.pass(600);
    for path in ["/profile/sessions/end", "/profile/sessions/end-others"] {
        let response = client.post(&latchkey, path, &json!({ "session": id })).await;
        assert_eq!((response.status, response.code().as_str()), (403, "confirmation_required"));
        let mut browser = client.clone().in_a_browser();
        let response = browser.post(&latchkey, path, &json!({ "session": id })).await;
        let way = Some("/confirm?return_to=%2Fprofile%2Fsessions");
        assert_eq!((response.status, response.header("location")), (303, way));
    }
    assert!(other.is_signed_in(&latchkey).await);
    assert_eq!(list(&client, &latchkey).await.len(), 2, "the list wants none");
    assert_eq!(client.post(&latchkey, "/confirm", &json!({ "password": PASSWORD })).await.status, 200);
    assert_eq!(client.post(&latchkey, "/profile/sessions/end-others", &json!({})).await.status, 204);
    assert!(!other.is_signed_in(&latchkey).await && client.is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn all_others_end_at_once_with_their_devices() {
    let latchkey = Latchkey::start().await;
    let mut ada = Client::signed_up(&latchkey, "ada1").await;
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(log_in(&latchkey, FIREFOX).await);
    }
    let before = ada.clone();
    latchkey.database.take_calls();
    let response = ada.post(&latchkey, "/profile/sessions/end-others", &json!({})).await;
    assert_eq!(response.status, 204);
    assert_eq!(latchkey.database.take_operations(), ["BatchGetItem", "TransactWriteItems", "take slot"]);
    assert!(ada.is_signed_in(&latchkey).await);
    for other in &others {
        assert!(!other.is_signed_in(&latchkey).await);
    }
    assert_eq!(list(&ada, &latchkey).await.len(), 1);
    guess(&latchkey, &Client::program(), "ada1").await;
    for (mut device, status) in [(ada, 200), (before, 429), (others.remove(0), 429)] {
        device.cookies.remove("__Host-session");
        assert_eq!(device.moved().post(&latchkey, "/login", &credentials("ada1")).await.status, status);
    }
}

#[tokio::test]
async fn a_renewal_that_meets_the_end_of_all_others_keeps_the_own_session() {
    let latchkey = Latchkey::start().await;
    let mut ada = Client::signed_up(&latchkey, "ada1").await;
    let user = latchkey.database.items("UsersTable").remove(0);
    let rename = json!({
        "TableName": "UsersTable",
        "Key": { "user_id": user["user_id"] },
        "UpdateExpression": "SET version = version + :one",
        "ExpressionAttributeValues": { ":one": { "N": "1" } },
    });
    latchkey.database.fail_next("TransactWriteItems", Fault::After("UpdateItem", rename));
    assert_eq!(ada.post(&latchkey, "/profile/sessions/end-others", &json!({})).await.status, 204);
    assert!(ada.is_signed_in(&latchkey).await);
    let logged_out = json!({ "TableName": "SessionsTable", "Key": latchkey.database.session_key() });
    latchkey.database.fail_next("TransactWriteItems", Fault::After("DeleteItem", logged_out));
    let response = ada.post(&latchkey, "/profile/sessions/end-others", &json!({})).await;
    assert_eq!(response.code(), "unauthenticated", "a session that was logged out meanwhile stays so");
    assert!(latchkey.database.items("SessionsTable").is_empty());
}

#[tokio::test]
async fn a_list_says_when_there_are_more() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let item = latchkey.database.session();
    for number in 0..100 {
        let key = json!({ "user_id": item["user_id"], "session_id": { "S": format!("{number:043}") } });
        let mut other = item.clone();
        other["session_id"] = key["session_id"].clone();
        latchkey.database.set("SessionsTable", key, &other);
    }
    let response = client.clone().get(&latchkey, "/profile/sessions").await.json();
    assert_eq!((response["sessions"].as_array().map(Vec::len), &response["more"]), (Some(100), &json!(true)));
    let page = client.in_a_browser().get(&latchkey, "/profile/sessions").await;
    assert!(page.body.contains("There are others"));
}
