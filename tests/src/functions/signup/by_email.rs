//! Sign-up by email: first the address, then the rest.

use latchkey::config::Environment;
use serde_json::json;

use crate::functions::Functions;
use crate::functions::account::delete;
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::latchkey::environment;
use crate::harness::mail::{OFF, token};
use crate::harness::{Client, Latchkey, Post, Response};

const DAY: i64 = 86_400;

pub(crate) async fn by_email() -> (Latchkey, Post) {
    let latchkey = Latchkey::start_with(&[("SIGNUP_MODE", "by-email")]).await;
    let post = Post::start(&latchkey.database, &[]).await;
    (latchkey, post)
}

async fn ask(client: &mut Client, latchkey: &Latchkey, email: &str) -> Response {
    client.post(latchkey, "/signup", &json!({ "email": email })).await
}

async fn finish(client: &mut Client, latchkey: &Latchkey, token: &str, username: &str) -> Response {
    let fields = json!({ "token": token, "username": username, "password": PASSWORD });
    client.post(latchkey, "/signup", &fields).await
}

/// A user who has signed up by email.
pub(crate) async fn joined(latchkey: &Latchkey, post: &mut Post, username: &str) -> Client {
    let mut client = Client::program();
    let email = format!("{username}@example.com");
    assert_eq!(ask(&mut client, latchkey, &email).await.status, 202);
    let mails = post.deliver(latchkey).await;
    let token = token(mails.last().expect("a mail"));
    assert_eq!(finish(&mut client, latchkey, &token, username).await.status, 201);
    client
}

async fn show(client: &mut Client, latchkey: &Latchkey, token: &str) -> Response {
    let event = client.event("GET", "/signup").with("/rawQueryString", json!(format!("token={token}")));
    client.send(latchkey, &event).await
}

#[tokio::test]
async fn the_address_proves_itself_and_then_the_account_is_made() {
    let (latchkey, mut post) = by_email().await;
    let mut browser = Client::browser();
    let form = browser.get(&latchkey, "/signup").await;
    assert!(form.body.contains("Send the link") && !form.body.contains("password"), "{}", form.body);
    let response = ask(&mut browser, &latchkey, "Ada@Example.com").await;
    assert_eq!((response.status, response.header("location")), (303, Some("/signup")));
    let page = browser.get(&latchkey, "/signup").await;
    assert!(page.body.contains("Check your email"), "{}", page.body);
    assert!(latchkey.database.items("UsersTable").is_empty(), "there is no account before the proof");

    let mails = post.deliver(&latchkey).await;
    let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
    assert_eq!((&mail["kind"], &mail["to"]), (&json!("sign_up"), &json!("Ada@example.com")));
    let before = latchkey.database.everything();
    let page = show(&mut browser, &latchkey, &token(mail)).await;
    assert_eq!((page.status, page.header("referrer-policy")), (200, Some("strict-origin")));
    assert!(
        page.body.contains("value=\"Ada@example.com\" autocomplete=\"username\" readonly"),
        "{}",
        page.body
    );
    assert_eq!(latchkey.database.everything(), before, "to open the link changes nothing");

    let response = finish(&mut browser, &latchkey, &token(mail), "ada1").await;
    assert_eq!((response.status, response.header("location")), (303, Some("/profile")));
    let profile = browser.get(&latchkey, "/profile").await;
    assert!(
        profile.body.contains("Ada@example.com") && profile.body.contains(", confirmed"),
        "{}",
        profile.body
    );
    assert!(post.deliver(&latchkey).await.is_empty(), "nothing is left to confirm");
    assert!(latchkey.database.items("ProofsTable").is_empty());
    // Twice from one browser, and then from another one.
    let again = finish(&mut browser, &latchkey, &token(mail), "ada1").await;
    assert_eq!((again.status, again.header("location")), (303, Some("/profile")));
    assert_eq!(finish(&mut Client::program(), &latchkey, &token(mail), "ada2").await.code(), "link_expired");
    assert_eq!(show(&mut Client::browser(), &latchkey, &token(mail)).await.status, 410);
}

#[tokio::test]
async fn a_new_a_known_a_held_and_a_disabled_address_get_the_same_response_and_another_mail() {
    let (latchkey, mut post) = by_email().await;
    for username in ["eve1", "bob1"] {
        joined(&latchkey, &mut post, username).await;
    }
    let mut kim = joined(&latchkey, &mut post, "kim1").await;
    assert_eq!(delete(&mut kim, &latchkey, "kim1").await.status, 204);
    let users = latchkey.database.items("UsersTable");
    let bob = users.iter().find(|user| user["username"]["S"] == "bob1").expect("a user");
    let key = json!({ "user_id": bob["user_id"] });
    latchkey.database.set("UsersTable", key, &json!({ "status": { "S": "disabled" } }));
    post.deliver(&latchkey).await;
    latchkey.pass(3_600);
    latchkey.database.take_calls();
    let mut seen: Vec<(i64, String, Vec<String>, Vec<String>)> = Vec::new();
    for (email, says) in [
        ("new1@example.com", "/signup?token="),
        ("eve1@example.com", "there is an account with it already"),
        ("kim1@example.com", "It is free from"),
        ("bob1@example.com", "there is an account with it already"),
    ] {
        let response = ask(&mut Client::program(), &latchkey, email).await;
        let mut calls = latchkey.database.take_operations();
        // A counter that is busy costs a call more.
        calls.dedup();
        seen.push((response.status, response.body, response.cookies, calls));
        let mails = post.deliver(&latchkey).await;
        assert_eq!((mails.len(), &mails[0]["to"]), (1, &json!(email)));
        assert!(mails[0]["text"].as_str().expect("text").contains(says), "{email}: {}", mails[0]);
        latchkey.database.take_calls();
    }
    assert!(seen.iter().all(|response| *response == seen[0]), "{seen:?}");
    assert_eq!((seen[0].0, seen[0].3.join(", ")), (202, "PutItem mails, take slot".to_owned()));
}

#[tokio::test]
async fn a_username_that_is_taken_leaves_the_link_and_an_address_that_was_taken_since_says_so() {
    let (latchkey, mut post) = by_email().await;
    joined(&latchkey, &mut post, "eve1").await;
    let mut client = Client::program();
    ask(&mut client, &latchkey, "ada1@example.com").await;
    ask(&mut client, &latchkey, "ada1@example.com").await;
    let mails = post.deliver(&latchkey).await;
    let [first, second] = [0, 1].map(|number| token(&mails[number]));
    assert_eq!(finish(&mut client, &latchkey, &first, "eve1").await.code(), "username_taken");
    assert_eq!(finish(&mut client, &latchkey, &first, "ada1").await.status, 201);
    let late = finish(&mut Client::program(), &latchkey, &second, "ada2").await;
    assert_eq!((late.status, late.code().as_str()), (409, "email_taken"));
    assert_eq!(latchkey.database.items("UsersTable").len(), 2);
}

#[tokio::test]
async fn the_fields_are_those_of_the_step_and_a_link_ends() {
    let (latchkey, mut post) = by_email().await;
    let mut client = Client::program();
    let all = json!({ "email": "ada1@example.com", "username": "ada1", "password": PASSWORD });
    let refused = client.post(&latchkey, "/signup", &all).await;
    assert_eq!(refused.field_errors().len(), 2, "{refused:?}");
    let refused = ask(&mut client, &latchkey, "nobody").await;
    assert_eq!(refused.field_errors(), [("email".to_owned(), "invalid".to_owned())]);
    assert!(latchkey.database.items("MailsTable").is_empty());
    ask(&mut client, &latchkey, "ada1@example.com").await;
    let token = token(&post.deliver(&latchkey).await[0]);
    for (fields, wrong) in [
        (json!({ "token": token, "username": "ada1" }), "password"),
        (json!({ "token": token, "password": PASSWORD }), "username"),
        (json!({ "token": token, "username": "ada1", "password": "ada1@example.com" }), "password"),
    ] {
        let refused = client.post(&latchkey, "/signup", &fields).await;
        assert_eq!(refused.field_errors()[0].0, wrong, "{refused:?}");
    }
    for dead in ["", "x", &"A".repeat(43)] {
        let fields = json!({ "token": dead, "username": "ada1", "password": PASSWORD });
        assert!(client.post(&latchkey, "/signup", &fields).await.status >= 410, "{dead}");
    }
    latchkey.pass(DAY);
    assert_eq!(finish(&mut client, &latchkey, &token, "ada1").await.code(), "link_expired");
    assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 401);
}

#[tokio::test]
async fn mails_of_one_kind_keep_no_one_from_those_of_another() {
    let (latchkey, mut post) = by_email().await;
    let mut ada = joined(&latchkey, &mut post, "ada1").await;
    let of = |email: &str| json!({ "email": email });
    for email in ["ada1@example.com", "new@example.com"] {
        let ask = async |path: &'static str| {
            let mut client = if path == "/profile/email" { ada.clone() } else { Client::program() };
            let response = client.post(&latchkey, path, &of(email)).await;
            assert!(matches!(response.status, 202 | 422 | 429), "{path}: {response:?}");
            response.status
        };
        for _ in 0..10 {
            ask("/signup").await;
        }
        assert_eq!((ask("/signup").await, ask("/forgot").await), (429, 202), "{email}");
        for _ in 0..10 {
            ask("/forgot").await;
        }
        assert_eq!(ask("/forgot").await, 429);
    }
    let asked = ada.post(&latchkey, "/profile/email", &of("new@example.com")).await;
    assert_eq!(asked.status, 202, "strangers have used up the other kinds");
}

#[tokio::test]
async fn without_mail_no_function_starts() {
    let (latchkey, _) = by_email().await;
    for name in Functions::NAMES {
        let mut variables = environment(name, latchkey.database.endpoint());
        variables.insert("SIGNUP_MODE".to_owned(), "by-email".to_owned());
        variables.insert(OFF.0.to_owned(), OFF.1.to_owned());
        let error =
            Functions::start_one(name, &Environment::new(variables)).expect("a function").unwrap_err();
        assert!(error.to_string().contains("SIGNUP_MODE by-email needs mail"), "{name}: {error}");
    }
}
