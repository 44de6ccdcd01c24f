//! Proof of an email address.

pub(crate) mod change;

use serde_json::json;

use crate::functions::SampleEvent;
use crate::harness::mail::{OFF, token};
use crate::harness::{Client, Fault, Latchkey, Post, Response};

/// The events of `events/email`.
pub const EVENTS: &[SampleEvent] = &[
    ("change-json", 401, "unauthenticated"),
    ("change-page", 303, ""),
    ("confirm-form", 410, "no longer works"),
    ("confirm-json", 410, "link_expired"),
    ("form", 410, "no longer works"),
    ("resend", 401, "unauthenticated"),
];

/// A deployment, its mailer, a user who has signed up, and the token of the link that the user got.
async fn signed_up(username: &str) -> (Latchkey, Post, Client, String) {
    let latchkey = Latchkey::start().await;
    let mut post = Post::start(&latchkey.database, &[]).await;
    let client = Client::signed_up(&latchkey, username).await;
    let token = token(&post.deliver(&latchkey).await[0]);
    (latchkey, post, client, token)
}

async fn open(client: &mut Client, latchkey: &Latchkey, token: &str) -> Response {
    let event = client.event("GET", "/verify").with("/rawQueryString", json!(format!("token={token}")));
    client.send(latchkey, &event).await
}

async fn confirm(client: &mut Client, latchkey: &Latchkey, token: &str) -> Response {
    client.post(latchkey, "/verify", &json!({ "token": token })).await
}

fn is_verified(latchkey: &Latchkey) -> bool {
    latchkey.database.items("UsersTable")[0].get("email_verified_at").is_some()
}

#[tokio::test]
async fn a_user_opens_the_link_presses_the_button_and_the_address_is_confirmed() {
    let (latchkey, _, client, token) = signed_up("ada1").await;
    let mut browser = client.in_a_browser();
    let before = latchkey.database.everything();
    let page = open(&mut browser, &latchkey, &token).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("ada1@example.com") && page.body.contains("Confirm the address"));
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
    assert_eq!(latchkey.database.everything(), before, "to open the link changes nothing");

    let response = confirm(&mut browser, &latchkey, &token).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/profile")));
    assert!(is_verified(&latchkey) && latchkey.database.items("ProofsTable").is_empty());
    let profile = browser.get(&latchkey, "/profile").await;
    assert!(
        profile.body.contains("Your email address is confirmed.") && profile.body.contains(", confirmed")
    );
    let profile = browser.get(&latchkey, "/profile").await;
    assert!(!profile.body.contains("role=\"status\""), "a notice is shown once");

    let again = open(&mut browser, &latchkey, &token).await;
    assert_eq!(again.status, 410);
    assert!(again.body.contains("Your email address is confirmed"));
}

#[tokio::test]
async fn a_program_confirms_once() {
    let (latchkey, _, mut client, token) = signed_up("ada1").await;
    let response = confirm(&mut client, &latchkey, &token).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.json()["user"]["email_verified"], true);
    let again = confirm(&mut client, &latchkey, &token).await;
    assert_eq!((again.status, again.code().as_str()), (410, "link_expired"));
}

#[tokio::test]
async fn every_dead_link_gets_the_same_response_and_what_is_no_token_costs_no_call() {
    let (latchkey, _, mut client, token) = signed_up("ada1").await;
    let dead = "A".repeat(43);
    let expected = confirm(&mut client, &latchkey, &dead).await;
    assert_eq!((expected.status, expected.code().as_str()), (410, "link_expired"));
    let proof = latchkey.database.items("ProofsTable").remove(0);
    let key = json!({ "proof_id": proof["proof_id"] });
    for attributes in [
        json!({ "purpose": { "S": "reset" } }),
        json!({ "email": { "S": "other@example.com" } }),
        json!({ "expires_at": { "N": latchkey.now().to_string() } }),
    ] {
        latchkey.database.set("ProofsTable", key.clone(), &attributes);
        let response = confirm(&mut client, &latchkey, &token).await;
        assert_eq!(response, expected, "{attributes}");
        latchkey.database.set("ProofsTable", key.clone(), &proof);
    }
    latchkey.database.take_calls();
    for text in ["", "x", &token[1..], &format!("{token}A"), "!!!", &"A".repeat(1_000)] {
        assert_eq!(open(&mut client, &latchkey, text).await.status, 410, "{text}");
        assert_eq!(confirm(&mut client, &latchkey, text).await.code(), "link_expired", "{text}");
    }
    assert!(latchkey.database.take_calls().is_empty());
    assert!(!is_verified(&latchkey));
    latchkey.pass(86_400);
    assert_eq!(confirm(&mut client, &latchkey, &token).await, expected, "it has ended");
}

#[tokio::test]
async fn without_a_session_the_link_leads_to_a_login_and_back() {
    let (latchkey, _, _, token) = signed_up("ada1").await;
    let mut browser = Client::browser();
    let page = open(&mut browser, &latchkey, &token).await;
    assert_eq!(page.status, 200);
    let way =
        format!("/login?return_to=%2Fverify%3Ftoken%3D{}", token.replace('-', "%2D").replace('_', "%5F"));
    assert!(page.body.contains(&way), "{}", page.body);
    assert_eq!(confirm(&mut browser, &latchkey, &token).await.status, 401);
    assert_eq!(confirm(&mut Client::program(), &latchkey, &token).await.code(), "unauthenticated");

    let (_, query) = way.split_once('?').expect("a query");
    let event = browser.event("GET", "/login").with("/rawQueryString", json!(query));
    let form = browser.send(&latchkey, &event).await;
    let back = format!("/verify?token={token}");
    assert!(form.body.contains(&format!("name=\"return_to\" value=\"{back}\"")), "{}", form.body);
    let mut fields = crate::harness::client::credentials("ada1");
    fields["return_to"] = json!(back);
    let response = browser.post(&latchkey, "/login", &fields).await;
    assert_eq!((response.status, response.header("location")), (303, Some(&*back)));
    assert_eq!(confirm(&mut browser, &latchkey, &token).await.status, 303);
    assert!(is_verified(&latchkey));
}

#[tokio::test]
async fn no_one_confirms_an_address_by_the_click_of_another_user() {
    let (latchkey, _, _, token) = signed_up("mallory").await;
    let mut owner = Client::signed_up(&latchkey, "ada1").await.in_a_browser();
    let before = latchkey.database.everything();
    let page = open(&mut owner, &latchkey, &token).await;
    assert_eq!(page.status, 403);
    assert!(!page.body.contains("mallory"), "the page does not tell whose link it is");
    assert_eq!(confirm(&mut owner, &latchkey, &token).await.status, 403);
    assert_eq!(latchkey.database.everything(), before);
}

#[tokio::test]
async fn of_two_presses_of_one_button_one_confirms() {
    for _ in 0..20 {
        let (latchkey, _, client, token) = signed_up("ada1").await;
        let (mut one, mut other) = (client.clone(), client);
        let (one, other) =
            tokio::join!(confirm(&mut one, &latchkey, &token), confirm(&mut other, &latchkey, &token));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert!(statuses == [200, 410] || statuses == [200, 200], "{statuses:?}");
        assert!(is_verified(&latchkey));
    }
}

#[tokio::test]
async fn a_change_that_meets_the_confirmation_is_not_lost() {
    let (latchkey, _, mut client, token) = signed_up("ada1").await;
    let user = latchkey.database.items("UsersTable").remove(0);
    let rename = json!({
        "TableName": "UsersTable",
        "Key": { "user_id": user["user_id"] },
        "UpdateExpression": "SET version = version + :one, #name = :name",
        "ExpressionAttributeNames": { "#name": "name" },
        "ExpressionAttributeValues": { ":one": { "N": "1" }, ":name": { "S": "Ada" } },
    });
    latchkey.database.fail_next("TransactWriteItems", Fault::After("UpdateItem", rename));
    let response = confirm(&mut client, &latchkey, &token).await;
    assert_eq!(response.status, 200, "{response:?}");
    let user = latchkey.database.items("UsersTable").remove(0);
    assert_eq!((&user["version"]["N"], &user["name"]["S"]), (&json!("2"), &json!("Ada")));
}

#[tokio::test]
async fn a_user_asks_for_another_link_and_both_work_until_one_is_used() {
    let (latchkey, mut post, client, first) = signed_up("ada1").await;
    let mut browser = client.clone().in_a_browser();
    let response = browser.post(&latchkey, "/profile/verify", &json!({})).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/profile")));
    let page = browser.get(&latchkey, "/profile").await;
    assert!(page.body.contains("Check your email"), "{}", page.body);
    let second = token(&post.deliver(&latchkey).await[0]);
    let mut client = client;
    assert_eq!(confirm(&mut client, &latchkey, &second).await.status, 200);
    assert_eq!(confirm(&mut client, &latchkey, &first).await.status, 200, "it is confirmed");
    let again = client.post(&latchkey, "/profile/verify", &json!({})).await;
    assert_eq!((again.status, again.code().as_str()), (409, "already_verified"));
    assert_eq!(Client::program().post(&latchkey, "/profile/verify", &json!({})).await.status, 401);
}

#[tokio::test]
async fn another_link_is_asked_for_three_times_an_hour_and_ten_times_a_day() {
    let (latchkey, _, mut client, _) = signed_up("ada1").await;
    let mut accepted = Vec::new();
    for _ in 0..5 {
        let mut hour = 0;
        for _ in 0..5 {
            match client.post(&latchkey, "/profile/verify", &json!({})).await.status {
                202 => hour += 1,
                status => assert_eq!(status, 429),
            }
        }
        accepted.push(hour);
        latchkey.pass(3_600);
    }
    assert_eq!(accepted, [3, 3, 3, 2, 0]);
}

#[tokio::test]
async fn where_mail_is_off_nothing_shows_that_there_could_be_any() {
    let latchkey = Latchkey::start_with(&[OFF]).await;
    let mut browser = Client::signed_up(&latchkey, "ada1").await.in_a_browser();
    let profile = browser.get(&latchkey, "/profile").await;
    assert!(!profile.body.contains("onfirm"), "{}", profile.body);
    latchkey.database.take_calls();
    for (method, path) in [("GET", "/verify"), ("POST", "/verify"), ("POST", "/profile/verify")] {
        let found = browser.send(&latchkey, &browser.event(method, path)).await;
        let unknown = browser.send(&latchkey, &browser.event(method, "/nothing")).await;
        assert_eq!(found, unknown, "{method} {path}");
    }
    assert!(latchkey.database.take_calls().is_empty());
}
