//! The profile and the home page.

use serde_json::json;

use crate::functions::SampleEvent;
use crate::harness::client::credentials;
use crate::harness::event::DOMAIN;
use crate::harness::{Client, Fault, Latchkey};

/// The events of `events/profile`.
pub const EVENTS: &[SampleEvent] = &[
    ("decoded-path", 404, "not_found"),
    ("home", 200, "Sign up"),
    ("not-found", 404, "not_found"),
    ("show-html", 303, ""),
    ("show-json", 401, "unauthenticated"),
];

#[tokio::test]
async fn a_profile_is_one_strongly_consistent_read() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.database.take_calls();
    assert_eq!(client.get(&latchkey, "/profile").await.status, 200);
    let calls = latchkey.database.take_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].operation, "BatchGetItem");
    for table in ["UsersTable", "SessionsTable"] {
        assert_eq!(calls[0].request["RequestItems"][table]["ConsistentRead"], true, "{table}");
    }
    client.get(&latchkey, "/").await;
    assert_eq!(latchkey.database.take_operations(), ["BatchGetItem"]);
}

#[tokio::test]
async fn every_get_is_strongly_consistent() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    latchkey.database.take_calls();
    Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
    let gets: Vec<_> = latchkey
        .database
        .take_calls()
        .into_iter()
        .filter(|call| call.operation.starts_with("GetItem"))
        .collect();
    assert_eq!(gets.len(), 2);
    assert!(gets.iter().all(|call| call.request["ConsistentRead"] == true), "{gets:?}");
}

#[tokio::test]
async fn a_page_without_a_cookie_or_with_a_bad_one_makes_no_call() {
    let latchkey = Latchkey::start().await;
    for mut client in
        [Client::program(), Client::browser(), Client::with_token("a.b.c"), Client::with_token("")]
    {
        for path in ["/", "/profile", "/signup", "/login"] {
            client.get(&latchkey, path).await;
        }
        client.post(&latchkey, "/logout", &json!({})).await;
    }
    assert_eq!(latchkey.database.take_operations(), Vec::<String>::new());
}

#[tokio::test]
async fn unprocessed_keys_are_requested_again_and_never_mean_no() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let item = |table: &str| latchkey.database.items(table).pop().unwrap();
    let key = json!({ "user_id": item("UsersTable")["user_id"] });
    let users = json!({ "UsersTable": { "Keys": [key], "ConsistentRead": true } });
    let response = |items| Fault::Refused(200, json!({ "Responses": items, "UnprocessedKeys": users }));

    latchkey.database.take_calls();
    latchkey
        .database
        .fail_next("BatchGetItem", response(json!({ "SessionsTable": [item("SessionsTable")] })));
    assert_eq!(client.get(&latchkey, "/profile").await.status, 200);
    let calls = latchkey.database.take_calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].request["RequestItems"], users, "only the missing key is requested again");

    for _ in 0..3 {
        latchkey.database.fail_next("BatchGetItem", response(json!({})));
    }
    let refused = client.get(&latchkey, "/profile").await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "unavailable"));
    assert!(refused.cookies.is_empty());
}

#[tokio::test]
async fn a_silent_database_is_given_up_after_three_attempts() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.database.take_calls();
    for _ in 0..3 {
        latchkey.database.fail_next("BatchGetItem", Fault::Silent);
    }
    let response = client.get(&latchkey, "/profile").await;
    assert_eq!((response.status, response.code().as_str()), (503, "unavailable"));
    assert_eq!(latchkey.database.take_calls().len(), 3);
    assert_eq!(client.get(&latchkey, "/profile").await.status, 200);
}

#[tokio::test]
async fn no_user_is_told_that_they_are_logged_out_while_the_database_fails() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    for (status, code, expected) in [
        (500, "InternalServerError", 503),
        (503, "ServiceUnavailable", 503),
        (400, "ThrottlingException", 503),
        (400, "ProvisionedThroughputExceededException", 503),
        (400, "RequestLimitExceeded", 503),
    ] {
        for _ in 0..3 {
            latchkey.database.fail_next("BatchGetItem", Fault::error(status, code));
        }
        let response = client.get(&latchkey, "/profile").await;
        assert_eq!(response.status, expected, "{code}");
        assert_eq!(client.get(&latchkey, "/profile").await.status, 200, "the next request succeeds");
    }
    for code in ["ResourceNotFoundException", "AccessDeniedException", "ValidationException"] {
        latchkey.database.fail_next("BatchGetItem", Fault::error(400, code));
        let response = client.get(&latchkey, "/profile").await;
        assert_eq!((response.status, response.code().as_str()), (500, "internal"), "{code}");
    }
}

#[tokio::test]
async fn attributes_of_a_later_version_are_ignored_and_kept() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let key = latchkey.database.session_key();
    latchkey.database.set("SessionsTable", key, &json!({ "device": { "S": "phone" } }));
    latchkey.pass(86_400);
    assert_eq!(client.get(&latchkey, "/profile").await.cookies.len(), 1, "renewed");
    assert_eq!(latchkey.database.items("SessionsTable")[0]["device"]["S"], "phone");
}

#[tokio::test]
async fn a_malformed_item_is_an_internal_error_that_hides_its_content() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let key = latchkey.database.session_key();
    latchkey.database.set("SessionsTable", key, &json!({ "epoch": { "S": "sensitive" } }));
    let response = client.get(&latchkey, "/profile").await;
    assert_eq!((response.status, response.code().as_str()), (500, "internal"));
    assert!(!response.body.contains("sensitive"));
}

#[tokio::test]
async fn a_browser_without_any_cookie_after_a_login_did_not_keep_it() {
    let latchkey = Latchkey::start().await;
    let mut browser = Client::signed_up(&latchkey, "ada1").await.in_a_browser();
    let from = |client: &Client, referer: &str| client.event("GET", "/profile").header("referer", referer);
    let login = format!("https://{DOMAIN}/login");
    assert_eq!(latchkey.send(&from(&browser, &login)).await.status, 200);

    let without_cookies = Client::browser();
    for form in [login.clone(), format!("https://{DOMAIN}/signup")] {
        let page = latchkey.send(&from(&without_cookies, &form)).await;
        assert!(page.status == 401 && page.body.contains("Your browser did not keep our cookie"), "{page:?}");
    }
    let program = latchkey.send(&from(&Client::program(), &login).header("accept", "application/json")).await;
    assert_eq!((program.status, program.code().as_str()), (401, "unauthenticated"));
    for other in ["", "/login", "https://evil.example/login", &format!("https://{DOMAIN}/profile")] {
        let response = latchkey.send(&from(&without_cookies, other)).await;
        assert_eq!((response.status, response.header("location")), (303, Some("/login")), "{other:?}");
    }

    // A browser with another cookie kept the session cookie, until the logout or the end of the session.
    let mut expired = browser.clone();
    expired.cookies.remove("__Host-session");
    browser.post(&latchkey, "/logout", &json!({})).await;
    browser.cookies.remove("__Host-device");
    for client in [expired, browser] {
        let response = latchkey.send(&from(&client, &login)).await;
        assert_eq!((response.status, response.header("location")), (303, Some("/login")), "{client:?}");
    }
}
