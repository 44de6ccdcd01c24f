//! Another email address: by a link to the new one, and undone by a link to the former one.

use serde_json::json;

use crate::functions::account::delete;
use crate::functions::recovery::{NEW, asked, confirmed, reset};
use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::mail::{of_kind, token};
use crate::harness::{Client, Latchkey, Post, Response};

const DAY: i64 = 86_400;
pub(crate) const OTHER: &str = "Ada@Example.org";

pub(crate) async fn ask(client: &mut Client, latchkey: &Latchkey, email: &str) -> Response {
    client.post(latchkey, "/profile/email", &json!({ "email": email })).await
}

pub(crate) async fn open(client: &mut Client, latchkey: &Latchkey, token: &str) -> Response {
    client.post(latchkey, "/verify", &json!({ "token": token })).await
}

pub(crate) async fn log_in(latchkey: &Latchkey, identifier: &str, password: &str) -> i64 {
    let fields = json!({ "identifier": identifier, "password": password });
    Client::program().moved().post(latchkey, "/login", &fields).await.status
}

/// Changes the address of a user, and returns the token of the mail to the former one.
pub(crate) async fn changed(
    latchkey: &Latchkey,
    post: &mut Post,
    client: &mut Client,
    email: &str,
) -> String {
    assert_eq!(ask(client, latchkey, email).await.status, 202);
    let mails = post.deliver(latchkey).await;
    let proof = token(of_kind(&mails, "confirm_new_email"));
    assert_eq!(open(client, latchkey, &proof).await.status, 200);
    let mails = post.deliver(latchkey).await;
    let told = of_kind(&mails, "email_changed");
    assert_eq!(told["to"], "ada1@example.com", "{told}");
    token(told)
}

#[tokio::test]
async fn the_new_address_proves_itself_first_and_the_sessions_go_on() {
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    assert_eq!(ask(&mut client, &latchkey, OTHER).await.status, 202);
    let mails = post.deliver(&latchkey).await;
    let mail = of_kind(&mails, "confirm_new_email");
    assert_eq!(mail["to"], "Ada@example.org");
    assert!(!mail.to_string().contains("ada1"), "a mail to a stranger says nothing of the account: {mail}");
    assert_eq!(log_in(&latchkey, OTHER, PASSWORD).await, 401, "not before the button");

    let mut stranger = Client::signed_up(&latchkey, "eve1").await;
    assert_eq!(open(&mut stranger, &latchkey, &token(mail)).await.code(), "wrong_account");
    let mut browser = client.in_a_browser();
    let page = browser.get(&latchkey, "/verify").await;
    assert_eq!(page.status, 410);
    let event =
        browser.event("GET", "/verify").with("/rawQueryString", json!(format!("token={}", token(mail))));
    let page = browser.send(&latchkey, &event).await;
    assert!(
        page.body.contains("Ada@example.org") && page.body.contains("Confirm the address"),
        "{}",
        page.body
    );
    let response = open(&mut browser, &latchkey, &token(mail)).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/profile")));
    let profile = browser.get(&latchkey, "/profile").await;
    assert!(
        profile.body.contains("Your email address is changed.") && profile.body.contains("Ada@example.org")
    );
    assert_eq!(log_in(&latchkey, OTHER, PASSWORD).await, 200);
    assert_eq!(log_in(&latchkey, "ada1@example.com", PASSWORD).await, 401);
    assert_eq!(open(&mut browser, &latchkey, &token(mail)).await.status, 410, "once");
    // The former address is held for seven days.
    let new = json!({ "username": "ada2", "email": "ada1@example.com", "password": PASSWORD });
    assert_eq!(Client::program().post(&latchkey, "/signup", &new).await.code(), "email_taken");
    latchkey.pass(7 * DAY);
    assert_eq!(Client::program().post(&latchkey, "/signup", &new).await.status, 201);
}

#[tokio::test]
async fn a_taken_a_held_and_a_free_address_get_the_same_response_and_another_mail() {
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    let mut eve = Client::signed_up(&latchkey, "eve1").await;
    let mut kim = Client::signed_up(&latchkey, "kim1").await;
    let proofs = post.deliver(&latchkey).await;
    let proof = |to: &str| token(proofs.iter().find(|mail| mail["to"] == to).expect("a mail"));
    assert_eq!(open(&mut kim, &latchkey, &proof("kim1@example.com")).await.status, 200);
    assert_eq!(delete(&mut kim, &latchkey, "kim1").await.status, 204);
    post.deliver(&latchkey).await;
    latchkey.database.take_calls();
    let mut seen = Vec::new();
    for (email, says) in [
        ("free@example.com", "/verify?token="),
        ("eve1@example.com", "there is an account with it already"),
        ("kim1@example.com", "It is free from 27 November 2026, 09:00 UTC"),
    ] {
        let response = ask(&mut client, &latchkey, email).await;
        let mut calls = latchkey.database.take_operations();
        // A counter that is busy costs a call more.
        calls.dedup();
        seen.push((response.status, response.body, calls));
        let mails = post.deliver(&latchkey).await;
        let mail = of_kind(&mails, "confirm_new_email");
        assert_eq!(mail["to"], email);
        assert!(mail["text"].as_str().expect("text").contains(says), "{mail}");
        latchkey.database.take_calls();
        latchkey.pass(60);
    }
    assert_eq!((&seen[0], &seen[1]), (&seen[1], &seen[2]));
    assert_eq!(seen[0].2, ["BatchGetItem", "PutItem mails", "take slot"]);
    assert!(eve.is_signed_in(&latchkey).await && eve.get(&latchkey, "/profile").await.status == 200);
}

#[tokio::test]
async fn who_was_faster_has_the_address_and_the_other_keeps_theirs() {
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    ask(&mut client, &latchkey, "eve1@example.com").await;
    let mails = post.deliver(&latchkey).await;
    let proof = token(of_kind(&mails, "confirm_new_email"));
    Client::signed_up(&latchkey, "eve1").await;
    let response = open(&mut client, &latchkey, &proof).await;
    assert_eq!((response.status, response.code().as_str()), (409, "email_taken"));
    assert_eq!(log_in(&latchkey, "ada1@example.com", PASSWORD).await, 200);
    let page = open(&mut client.in_a_browser(), &latchkey, &proof).await;
    assert!(page.status == 409 && page.body.contains("This address is taken"), "{page:?}");
}

#[tokio::test]
async fn ones_own_address_is_unchanged_or_gets_another_confirmation() {
    let latchkey = Latchkey::start().await;
    let mut post = Post::start(&latchkey.database, &[]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    post.deliver(&latchkey).await;
    assert_eq!(ask(&mut client, &latchkey, "ADA1@example.com").await.status, 202);
    let proof = token(of_kind(&post.deliver(&latchkey).await, "confirm_email"));
    assert_eq!(open(&mut client, &latchkey, &proof).await.status, 200);
    let refused = ask(&mut client, &latchkey, "ada1@example.com").await;
    assert_eq!(refused.field_errors(), [("email".to_owned(), "unchanged".to_owned())]);
}

#[tokio::test]
async fn an_unconfirmed_address_is_free_at_once_and_a_confirmed_one_moves_once_in_seven_days() {
    let latchkey = Latchkey::start().await;
    let mut post = Post::start(&latchkey.database, &[]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    post.deliver(&latchkey).await;
    for email in ["ada2@example.com", "ada3@example.com"] {
        assert_eq!(ask(&mut client, &latchkey, email).await.status, 202);
        let proof = token(of_kind(&post.deliver(&latchkey).await, "confirm_new_email"));
        let response = open(&mut client, &latchkey, &proof).await;
        assert_eq!((response.status, &response.json()["user"]["email_verified"]), (200, &json!(true)));
    }
    assert_eq!(Client::program().post(&latchkey, "/signup", &account("ada9")).await.status, 201);
    let new = json!({ "username": "ada4", "email": "ada1@example.com", "password": PASSWORD });
    assert_eq!(Client::program().post(&latchkey, "/signup", &new).await.status, 201, "it was not confirmed");
    let refused = ask(&mut client, &latchkey, "ada5@example.com").await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "email_changed_recently"));
    assert_eq!(refused.header("retry-after"), Some("604800"));
    let form = client.get(&latchkey, "/profile/email").await;
    assert!(form.status == 429 && form.body.contains("Try again in 7 days"), "{form:?}");
    let typed = json!({ "email": "ada5@example.com" });
    let page = client.clone().in_a_browser().post(&latchkey, "/profile/email", &typed).await;
    assert!(page.status == 429 && page.body.contains("Your address cannot change yet"), "{page:?}");
    latchkey.pass(7 * DAY);
    client.post(&latchkey, "/confirm", &json!({ "password": PASSWORD })).await;
    assert_eq!(ask(&mut client, &latchkey, "ada5@example.com").await.status, 202);
}

#[tokio::test]
async fn a_new_password_or_the_end_of_all_others_ends_the_link_to_a_new_address() {
    for change in ["/profile/password", "/profile/sessions/end-others", "/reset"] {
        let (latchkey, mut post, mut client) = confirmed("ada1").await;
        ask(&mut client, &latchkey, OTHER).await;
        let proof = token(of_kind(&post.deliver(&latchkey).await, "confirm_new_email"));
        if change == "/reset" {
            let link = asked(&latchkey, &mut post, "ada1").await;
            assert_eq!(reset(&mut Client::program(), &latchkey, &link, PASSWORD).await.status, 204);
            assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
        } else {
            let fields = match change {
                "/profile/password" => json!({ "current_password": PASSWORD, "password": NEW }),
                _ => json!({}),
            };
            assert!(client.post(&latchkey, change, &fields).await.status < 300, "{change}");
        }
        assert_eq!(open(&mut client, &latchkey, &proof).await.code(), "link_expired", "{change}");
    }
}

#[tokio::test]
async fn of_two_links_to_two_addresses_at_once_both_work() {
    for _ in 0..5 {
        let latchkey = Latchkey::start().await;
        let mut post = Post::start(&latchkey.database, &[]).await;
        let mut client = Client::signed_up(&latchkey, "ada1").await;
        let mut proofs = Vec::new();
        for email in [OTHER, "ada@example.net"] {
            ask(&mut client, &latchkey, email).await;
            proofs.push(token(of_kind(&post.deliver(&latchkey).await, "confirm_new_email")));
        }
        let (mut one, mut other) = (client.clone(), client.clone());
        let (one, other) =
            tokio::join!(open(&mut one, &latchkey, &proofs[0]), open(&mut other, &latchkey, &proofs[1]));
        assert_eq!((one.status, other.status), (200, 200), "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn of_two_links_to_one_address_the_second_changes_nothing() {
    let latchkey = Latchkey::start().await;
    let mut post = Post::start(&latchkey.database, &[]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    post.deliver(&latchkey).await;
    let mut proofs = Vec::new();
    for _ in 0..2 {
        ask(&mut client, &latchkey, OTHER).await;
        proofs.push(token(of_kind(&post.deliver(&latchkey).await, "confirm_new_email")));
    }
    assert_eq!(open(&mut client, &latchkey, &proofs[0]).await.status, 200);
    assert_eq!(open(&mut client, &latchkey, &proofs[1]).await.code(), "link_expired");
    let mut browser = client.in_a_browser();
    let event =
        browser.event("GET", "/verify").with("/rawQueryString", json!(format!("token={}", proofs[1])));
    let page = browser.send(&latchkey, &event).await;
    assert!(page.status == 410 && page.body.contains("Your email address is confirmed"), "{}", page.body);
}
