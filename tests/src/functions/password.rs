//! A new password by the current one.

use serde_json::{Value, json};

use crate::functions::SampleEvent;
use crate::functions::recovery::{asked, confirmed, confirmed_with, reset};
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::{Client, Fault, Latchkey, Post, Response};
use crate::rules::limiter::{guess, retry_after};

/// The events of `events/password`.
pub const EVENTS: &[SampleEvent] =
    &[("change-json", 401, "unauthenticated"), ("page", 303, ""), ("well-known", 303, "")];

const NEW: &str = "another horse battery";

fn fields(current: &str, new: &str) -> Value {
    json!({ "current_password": current, "password": new })
}

async fn change(client: &mut Client, latchkey: &Latchkey, current: &str, new: &str) -> Response {
    client.post(latchkey, "/profile/password", &fields(current, new)).await
}

async fn log_in(latchkey: &Latchkey, password: &str) -> i64 {
    let fields = json!({ "identifier": "ada1", "password": password });
    Client::program().post(latchkey, "/login", &fields).await.status
}

#[tokio::test]
async fn a_user_changes_the_password_and_stays_logged_in_here_and_nowhere_else() {
    let (latchkey, mut post, client) = confirmed("ada1").await;
    let mut elsewhere = Client::program();
    assert_eq!(elsewhere.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    let link = asked(&latchkey, &mut post, "ada1").await;
    let (old, mut browser) = (client.clone(), client.in_a_browser());
    let form = browser.get(&latchkey, "/profile/password").await;
    assert!(form.body.contains("value=\"ada1\" autocomplete=\"username\" readonly"), "{}", form.body);
    let response = change(&mut browser, &latchkey, PASSWORD, NEW).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/profile")));
    let profile = browser.get(&latchkey, "/profile").await;
    assert!(profile.body.contains("Your password is changed"), "{}", profile.body);

    assert!(browser.is_signed_in(&latchkey).await);
    assert!(!old.is_signed_in(&latchkey).await && !elsewhere.is_signed_in(&latchkey).await);
    assert_eq!((log_in(&latchkey, PASSWORD).await, log_in(&latchkey, NEW).await), (401, 200));
    assert_eq!(reset(&mut Client::program(), &latchkey, &link, PASSWORD).await.code(), "link_expired");

    // This device is known, the others are not.
    guess(&latchkey, &Client::program(), "ada1").await;
    for (mut device, status) in [(browser, 303), (old.in_a_browser(), 429), (elsewhere.in_a_browser(), 429)] {
        device.cookies.remove("__Host-session");
        let fields = json!({ "identifier": "ada1", "password": NEW });
        assert_eq!(device.moved().post(&latchkey, "/login", &fields).await.status, status);
    }
    let told = post.deliver(&latchkey).await;
    assert!(told.iter().any(|mail| mail["kind"] == "password_changed"), "{told:?}");
}

#[tokio::test]
async fn a_program_changes_the_password_and_gets_a_new_session() {
    let latchkey = Latchkey::start().await;
    let mut post = Post::start(&latchkey.database, &[]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    post.deliver(&latchkey).await;
    let old = client.clone();
    latchkey.pass(60);
    latchkey.database.take_calls();
    let response = change(&mut client, &latchkey, PASSWORD, NEW).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.json()["session"]["authenticated_at"], "2026-11-20T09:01:00Z");
    let calls = latchkey.database.take_operations();
    let expected = [
        "BatchGetItem",
        "DeleteItem limits",
        "GetItem credentials",
        "TransactWriteItems",
        "count failure",
        "take slot",
    ];
    assert_eq!(calls, expected, "on a known device");
    assert!(client.is_signed_in(&latchkey).await && !old.is_signed_in(&latchkey).await);
    assert_eq!(latchkey.database.items("SessionsTable").len(), 1, "the old item is deleted");
    assert!(post.deliver(&latchkey).await.is_empty(), "an address that is not confirmed gets no mail");
}

#[tokio::test]
async fn a_wrong_current_password_counts_as_a_wrong_login_and_changes_nothing() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let before = latchkey.database.everything();
    let mut thief = Client::with_token(client.token());
    let mut page = thief.clone().in_a_browser();
    let response = change(&mut page, &latchkey, "a wrong password", NEW).await;
    assert_eq!(response.status, 401);
    assert!(response.body.contains("Incorrect password") && !response.body.contains("a wrong password"));
    for _ in 0..9 {
        let response = change(&mut thief, &latchkey, "a wrong password", NEW).await;
        assert_eq!((response.status, response.code().as_str()), (401, "invalid_credentials"));
    }
    latchkey.pass(2);
    assert_eq!(retry_after(&change(&mut thief, &latchkey, PASSWORD, NEW).await), 28);
    assert_eq!(guess(&latchkey, &Client::program(), "ada1").await.0, 0, "the login has the same counter");
    assert_eq!(latchkey.database.everything(), before);
    for _ in 0..40 {
        change(&mut thief, &latchkey, "a wrong password", NEW).await;
    }
    let mut owner = client;
    assert_eq!(change(&mut owner, &latchkey, PASSWORD, NEW).await.status, 200, "on a lane of its own");
}

#[tokio::test]
async fn a_wrong_current_password_can_lock_the_login_and_the_user_is_told() {
    let (latchkey, mut post, client) = confirmed_with(&[("LOGIN_DISABLE_AT", "12")], "ada1").await;
    let mut thief = Client::with_token(client.token());
    for _ in 0..3 {
        while change(&mut thief, &latchkey, "a wrong password", NEW).await.status == 401 {}
        latchkey.pass(3_600);
    }
    assert_eq!(log_in(&latchkey, PASSWORD).await, 429);
    let told = post.deliver(&latchkey).await;
    assert_eq!(told.iter().map(|mail| &mail["kind"]).collect::<Vec<_>>(), ["login_locked"]);
}

#[tokio::test]
async fn a_new_password_follows_the_rules_and_differs_from_the_current_one() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let (before, hashes) =
        (latchkey.database.everything(), latchkey.functions.password.verifier.hasher.computed());
    for (new, code) in [
        ("", "required"),
        ("short", "too_short"),
        ("password1", "common"),
        ("ada1@example.com", "common"),
        (PASSWORD, "unchanged"),
    ] {
        let response = change(&mut client, &latchkey, PASSWORD, new).await;
        assert_eq!(response.field_errors(), [("password".to_owned(), code.to_owned())]);
    }
    let missing = client.post(&latchkey, "/profile/password", &json!({ "password": NEW })).await;
    assert_eq!(missing.field_errors(), [("current_password".to_owned(), "required".to_owned())]);
    assert_eq!(latchkey.database.everything(), before);
    assert_eq!(latchkey.functions.password.verifier.hasher.computed(), hashes);
}

#[tokio::test]
async fn an_account_changes_thirty_times_a_day() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let passwords = [PASSWORD, NEW];
    for number in 0..30 {
        let (current, new) = (passwords[number % 2], passwords[(number + 1) % 2]);
        assert_eq!(change(&mut client, &latchkey, current, new).await.status, 200, "{number}");
    }
    let hashes = latchkey.functions.password.verifier.hasher.computed();
    let refused = change(&mut client, &latchkey, PASSWORD, NEW).await;
    assert_eq!(retry_after(&refused), 86_400 / 30);
    assert_eq!(
        latchkey.functions.password.verifier.hasher.computed() - hashes,
        1,
        "the new one is not hashed"
    );
    let failures = latchkey.database.items("LimitsTable").into_iter();
    assert_eq!(failures.filter(|item| item["failures"].is_object()).count(), 0, "the password was correct");
    latchkey.pass(86_400 / 30);
    assert_eq!(change(&mut client, &latchkey, PASSWORD, NEW).await.status, 200);
}

#[tokio::test]
async fn without_a_session_no_password_is_changed() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    client.post(&latchkey, "/logout", &json!({})).await;
    assert_eq!(change(&mut client, &latchkey, PASSWORD, NEW).await.code(), "unauthenticated");
    let mut browser = Client::browser();
    let way = Some("/login?return_to=%2Fprofile%2Fpassword");
    assert_eq!(browser.get(&latchkey, "/profile/password").await.header("location"), way);
    let response = change(&mut browser, &latchkey, PASSWORD, NEW).await;
    assert_eq!((response.status, response.header("location")), (303, way));
    let known = browser.get(&latchkey, "/.well-known/change-password").await;
    assert_eq!((known.status, known.header("location")), (303, Some("/profile/password")));
    assert_eq!(log_in(&latchkey, PASSWORD).await, 200);
}

/// The change with which another request meets one of the password.
fn update(latchkey: &Latchkey, change: &str) -> Value {
    let user = latchkey.database.items("UsersTable").remove(0);
    json!({
        "TableName": "UsersTable",
        "Key": { "user_id": user["user_id"] },
        "UpdateExpression": change,
        "ExpressionAttributeNames": { "#name": "name" },
        "ExpressionAttributeValues": { ":one": { "N": "1" }, ":name": { "S": "Ada" } },
    })
}

#[tokio::test]
async fn a_change_of_the_user_meanwhile_is_not_lost_and_a_raised_epoch_ends_the_session() {
    for (change_of, status) in [
        ("SET version = version + :one, #name = :name", 200),
        ("SET version = version + :one, epoch = epoch + :one, #name = :name", 401),
    ] {
        let latchkey = Latchkey::start().await;
        let mut client = Client::signed_up(&latchkey, "ada1").await;
        let meanwhile = update(&latchkey, change_of);
        latchkey.database.fail_next("TransactWriteItems", Fault::After("UpdateItem", meanwhile));
        let response = change(&mut client, &latchkey, PASSWORD, NEW).await;
        assert_eq!(response.status, status, "{response:?}");
        assert_eq!(latchkey.database.items("UsersTable")[0]["name"]["S"], "Ada");
        let has_changed = latchkey.database.items("UsersTable")[0].get("password_changed_at").is_some();
        assert_eq!(has_changed, status == 200);
    }
}
