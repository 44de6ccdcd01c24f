//! A new password by the link of a mail.

mod links;
pub(crate) mod undo;

use serde_json::json;

use crate::functions::SampleEvent;
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::mail::{OFF, link, token};
use crate::harness::{Client, Latchkey, Post, Response};
use crate::rules::limiter::{guess, wrong};

/// The events of `events/recovery`.
pub const EVENTS: &[SampleEvent] = &[
    ("forgot-form", 303, ""),
    ("forgot-json", 202, ""),
    ("forgot-page", 200, "Forgot your password?"),
    ("reset-json", 410, "link_expired"),
    ("reset-page", 410, "no longer works"),
    ("undo-json", 410, "link_expired"),
    ("undo-page", 410, "no longer works"),
];

pub(crate) const NEW: &str = "another horse battery";

/// A deployment, its mailer, and a user who has signed up and confirmed the address.
pub(crate) async fn confirmed(username: &str) -> (Latchkey, Post, Client) {
    confirmed_with(&[], username).await
}

/// The same, where the deployment has these variables.
pub(crate) async fn confirmed_with(variables: &[(&str, &str)], username: &str) -> (Latchkey, Post, Client) {
    let latchkey = Latchkey::start_with(variables).await;
    let mut post = Post::start(&latchkey.database, &[]).await;
    let mut client = Client::signed_up(&latchkey, username).await;
    let token = token(&post.deliver(&latchkey).await[0]);
    assert_eq!(client.post(&latchkey, "/verify", &json!({ "token": token })).await.status, 200);
    (latchkey, post, client)
}

async fn forgot(latchkey: &Latchkey, identifier: &str) -> Response {
    Client::program().post(latchkey, "/forgot", &json!({ "identifier": identifier })).await
}

/// The token of a link that a user has asked for.
pub(crate) async fn asked(latchkey: &Latchkey, post: &mut Post, identifier: &str) -> String {
    assert_eq!(forgot(latchkey, identifier).await.status, 202);
    let mails = post.deliver(latchkey).await;
    token(mails.iter().find(|mail| mail["kind"] == "reset_password").expect("a link"))
}

async fn open(client: &mut Client, latchkey: &Latchkey, method: &str, token: &str) -> Response {
    let event = client.event(method, "/reset").with("/rawQueryString", json!(format!("token={token}")));
    client.send(latchkey, &event).await
}

pub(crate) async fn reset(client: &mut Client, latchkey: &Latchkey, token: &str, password: &str) -> Response {
    client.post(latchkey, "/reset", &json!({ "token": token, "password": password })).await
}

/// Logs in, always from one network: a mail tells of the first login of a browser in a network.
async fn log_in(latchkey: &Latchkey, identifier: &str, password: &str) -> i64 {
    let fields = json!({ "identifier": identifier, "password": password });
    Client::program().at("203.0.113.7").post(latchkey, "/login", &fields).await.status
}

#[tokio::test]
async fn a_user_who_forgot_the_password_chooses_a_new_one() {
    let (latchkey, mut post, old) = confirmed("Ada1").await;
    let mut browser = Client::browser();
    let form = browser.get(&latchkey, "/forgot").await;
    assert!(form.status == 200 && form.body.contains("Username or email"));
    let response = browser.post(&latchkey, "/forgot", &json!({ "identifier": "ada1" })).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/login")));
    let login = browser.get(&latchkey, "/login").await;
    assert!(login.body.contains("If there is an account with that name or address"), "{}", login.body);

    let mails = post.deliver(&latchkey).await;
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    assert_eq!(mail["to"], "Ada1@example.com");
    assert_eq!(mail["subject"], "Choose a new password for Latchkey");
    let token = token(mail);
    let page = open(&mut browser, &latchkey, "GET", &token).await;
    assert_eq!((page.status, page.header("referrer-policy")), (200, Some("strict-origin")));
    assert!(
        page.body.contains("value=\"ada1@example.com\" autocomplete=\"username\" readonly"),
        "{}",
        page.body
    );

    let response = reset(&mut browser, &latchkey, &token, NEW).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/login")));
    let names: Vec<_> = response.cookies.iter().filter_map(|cookie| cookie.split('=').next()).collect();
    assert_eq!(names, ["__Host-notice", "__Host-device"], "a reset logs no one in");
    let login = browser.get(&latchkey, "/login").await;
    assert!(login.body.contains("Your password is changed. Log in with the new one."));

    assert!(!old.is_signed_in(&latchkey).await);
    for identifier in ["ada1", "ada1@example.com"] {
        assert_eq!(log_in(&latchkey, identifier, PASSWORD).await, 401);
        assert_eq!(log_in(&latchkey, identifier, NEW).await, 200);
    }
    let told = post.deliver(&latchkey).await;
    let kinds: Vec<_> = told.iter().map(|mail| mail["kind"].as_str().expect("a kind")).collect();
    assert_eq!(
        kinds,
        ["password_changed", "new_sign_in"],
        "one mail a day tells of one browser in one network"
    );
    for part in ["text", "html"] {
        let text = told[0][part].as_str().expect("text").replace('\n', " ");
        assert!(text.contains("account Ada1 has changed") && text.contains("/forgot"), "{text}");
        assert!(text.contains("Changed on 20 November 2026, 09:00 UTC by a program"), "{text}");
    }
}

#[tokio::test]
async fn forgot_costs_and_returns_the_same_for_everyone_and_writes_to_the_stored_address_only() {
    let (latchkey, mut post, _) = confirmed("ada1").await;
    let disabled = Client::signed_up(&latchkey, "eve1").await;
    post.deliver(&latchkey).await;
    let user = latchkey.database.items("UsersTable");
    let user = user.iter().find(|user| user["username"]["S"] == "eve1").expect("a user");
    let key = json!({ "user_id": user["user_id"] });
    latchkey.database.set("UsersTable", key, &json!({ "status": { "S": "disabled" } }));
    drop(disabled);
    for client in [Client::program(), Client::browser()] {
        let mut seen = Vec::new();
        for fields in [
            json!({ "identifier": "ada1" }),
            json!({ "username": "ADA1" }),
            json!({ "email": "Ada1@Example.com" }),
            json!({ "identifier": "eve1" }),
            json!({ "identifier": "no one" }),
            json!({ "email": "no.one@example.com" }),
        ] {
            latchkey.database.take_calls();
            let response = client.moved().post(&latchkey, "/forgot", &fields).await;
            let calls = latchkey.database.take_operations();
            let limits = calls.iter().filter(|name| *name == "take slot").count();
            assert_eq!(calls.len() - limits, 1, "{calls:?}");
            // The counter of an identifier is busy the second time, and then takes two calls.
            seen.push((response, limits.min(2), calls.last().cloned()));
        }
        assert!(seen.iter().all(|other| *other == seen[0]), "{seen:?}");
        let mails = post.deliver(&latchkey).await;
        let to: Vec<_> = mails.iter().map(|mail| mail["to"].as_str().expect("an address")).collect();
        assert_eq!(to, ["ada1@example.com"; 3]);
        latchkey.pass(3_600);
    }
    assert!(latchkey.database.items("MailsTable").is_empty());
}

#[tokio::test]
async fn the_owner_of_an_address_takes_an_account_back_that_a_stranger_made_with_it() {
    let latchkey = Latchkey::start().await;
    let mut post = Post::start(&latchkey.database, &[]).await;
    let thief = Client::signed_up(&latchkey, "mallory").await;
    let confirm = token(&post.deliver(&latchkey).await[0]);
    let token = asked(&latchkey, &mut post, "mallory@example.com").await;
    let mut owner = Client::program();
    assert_eq!(reset(&mut owner, &latchkey, &token, NEW).await.status, 204);
    assert!(!thief.is_signed_in(&latchkey).await);
    assert_eq!(log_in(&latchkey, "mallory", PASSWORD).await, 401);
    let fields = json!({ "identifier": "mallory", "password": NEW });
    let response = owner.post(&latchkey, "/login", &fields).await;
    assert_eq!(response.json()["user"]["email_verified"], true);
    let again = owner.post(&latchkey, "/verify", &json!({ "token": confirm })).await;
    assert_eq!(again.status, 200, "the address is confirmed already: {again:?}");
}

#[tokio::test]
async fn a_reset_lifts_the_locks_and_its_device_is_not_locked_again() {
    let (latchkey, mut post, _) = confirmed_with(&[("LOGIN_DISABLE_AT", "12")], "ada1").await;
    let stranger = Client::program();
    for _ in 0..3 {
        guess(&latchkey, &stranger, "ada1").await;
        latchkey.pass(3_600);
    }
    assert_eq!(log_in(&latchkey, "ada1", PASSWORD).await, 429, "no delay ends it");
    let told = post.deliver(&latchkey).await;
    let [told] = told.as_slice() else { panic!("one mail tells of the lock: {told:?}") };
    assert_eq!((&told["kind"], link(told).as_str()), (&json!("login_locked"), "/forgot"));

    let token = asked(&latchkey, &mut post, "ada1").await;
    let mut owner = Client::program();
    assert_eq!(reset(&mut owner, &latchkey, &token, NEW).await.status, 204);
    assert!(latchkey.database.items("LimitsTable").iter().all(|item| !item["failures"].is_object()));
    assert_eq!(guess(&latchkey, &stranger, "ada1").await.0, 10);
    let fields = json!({ "identifier": "ada1", "password": NEW });
    assert_eq!(owner.moved().post(&latchkey, "/login", &fields).await.status, 200);
    assert_eq!(stranger.moved().post(&latchkey, "/login", &fields).await.status, 429);
}

#[tokio::test]
async fn mails_are_asked_for_three_times_an_hour_and_the_same_for_no_one() {
    for identifier in ["ada1", "no.one@example.com"] {
        let (latchkey, mut post, _) = confirmed("ada1").await;
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(forgot(&latchkey, identifier).await.status);
        }
        assert_eq!(statuses, [202, 202, 202, 429], "{identifier}");
        post.deliver(&latchkey).await;
        // A mailbox that is full of mails does not change that: from one address, 20 of any identifiers.
        let mut neighbour = Client::program();
        let mut accepted = 0;
        for number in 0..25 {
            let fields = json!({ "identifier": format!("unknown{number}") });
            accepted += i32::from(neighbour.post(&latchkey, "/forgot", &fields).await.status == 202);
        }
        assert_eq!(accepted, 20);
        // A refused address uses up nothing of another identifier.
        for _ in 0..10 {
            let fields = json!({ "identifier": "victim" });
            assert_eq!(neighbour.post(&latchkey, "/forgot", &fields).await.status, 429);
        }
        assert_eq!(forgot(&latchkey, "victim").await.status, 202);
    }
}

#[tokio::test]
async fn where_mail_is_off_no_password_can_be_forgotten() {
    let latchkey = Latchkey::start_with(&[OFF]).await;
    let mut browser = Client::browser();
    let login = browser.get(&latchkey, "/login").await;
    assert!(!login.body.contains("/forgot"), "{}", login.body);
    assert_eq!(browser.post(&latchkey, "/login", &wrong("ada1")).await.status, 401);
    latchkey.database.take_calls();
    for (method, path) in [("GET", "/forgot"), ("POST", "/forgot"), ("GET", "/reset"), ("POST", "/reset")] {
        let found = browser.send(&latchkey, &browser.event(method, path)).await;
        let unknown = browser.send(&latchkey, &browser.event(method, "/nothing")).await;
        assert_eq!(found, unknown, "{method} {path}");
    }
    assert!(latchkey.database.take_calls().is_empty());
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 401);
}
