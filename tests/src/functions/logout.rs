//! Logout.

use serde_json::json;

use crate::functions::SampleEvent;
use crate::harness::{Client, Fault, Latchkey};

/// The events of `events/logout`.
pub const EVENTS: &[SampleEvent] = &[
    ("submit-bodiless", 401, "unauthenticated"),
    ("submit-form", 303, ""),
    ("submit-json", 401, "unauthenticated"),
];

#[tokio::test]
async fn a_session_that_was_logged_out_is_never_accepted_again() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let copy = client.clone();
    latchkey.database.take_calls();
    assert_eq!(client.post(&latchkey, "/logout", &json!({})).await.status, 204);
    assert_eq!(latchkey.database.take_operations(), ["DeleteItem sessions"]);
    assert!(!copy.is_signed_in(&latchkey).await);
    assert_eq!(latchkey.database.counts(), (1, 2, 0));
    let again = copy.clone().post(&latchkey, "/logout", &json!({})).await;
    assert_eq!((again.status, again.code().as_str(), again.cookies.len()), (401, "unauthenticated", 3));
}

#[tokio::test]
async fn a_logout_whose_response_was_lost_is_still_a_logout() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.database.fail_next("DeleteItem sessions", Fault::AppliedAndLost);
    assert_eq!(client.post(&latchkey, "/logout", &json!({})).await.status, 204);
    assert!(!client.cookies.contains_key("__Host-session"));
}

#[tokio::test]
async fn while_the_database_does_not_respond_the_cookie_stays() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..3 {
        latchkey.database.fail_next("DeleteItem sessions", Fault::error(500, "InternalServerError"));
    }
    let response = client.post(&latchkey, "/logout", &json!({})).await;
    assert_eq!((response.status, response.code().as_str()), (503, "unavailable"));
    assert!(response.cookies.is_empty() && response.header("retry-after").is_some());
    assert!(client.is_signed_in(&latchkey).await);
    assert_eq!(client.post(&latchkey, "/logout", &json!({})).await.status, 204);
}

#[tokio::test]
async fn an_expired_session_was_not_active() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(14 * 86_400);
    let response = client.post(&latchkey, "/logout", &json!({})).await;
    assert_eq!((response.status, response.cookies.len()), (401, 3));
    assert_eq!(latchkey.database.counts(), (1, 2, 0), "the session is deleted nevertheless");
}

#[tokio::test]
async fn logout_ignores_the_type_and_the_size_of_a_body() {
    let latchkey = Latchkey::start().await;
    let long = "x".repeat(100_000);
    for (username, content_type, body) in
        [("ada1", "text/plain", "x"), ("ada2", "application/json", "{"), ("ada3", "", long.as_str())]
    {
        let client = Client::signed_up(&latchkey, username).await;
        let event =
            client.event("POST", "/logout").header("sec-fetch-site", "same-origin").body(content_type, body);
        assert_eq!(latchkey.send(&event).await.status, 204, "{content_type}");
    }
}
