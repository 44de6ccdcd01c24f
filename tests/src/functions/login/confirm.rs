//! The confirmation of the password, which makes a session fresh, and the mails that tell of logins.

use serde_json::{Value, json};

use crate::functions::recovery::confirmed;
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::mail::link;
use crate::harness::{Client, Fault, Latchkey, Response};
use crate::rules::limiter::{guess, retry_after, wrong};

async fn confirm(client: &mut Client, latchkey: &Latchkey, password: &str) -> Response {
    client.post(latchkey, "/confirm", &json!({ "password": password })).await
}

#[tokio::test]
async fn a_confirmation_replaces_the_session_by_a_fresh_one_and_leads_back() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(3_600);
    let (old, mut browser) = (client.clone(), client.clone().in_a_browser());
    let query = "return_to=%2Fprofile%2Fsessions";
    let event = browser.event("GET", "/confirm").with("/rawQueryString", json!(query));
    let page = browser.send(&latchkey, &event).await;
    assert!(page.status == 200 && page.body.contains("value=\"ada1\" autocomplete=\"username\" readonly"));
    assert!(page.body.contains("name=\"return_to\" value=\"/profile/sessions\""));
    let fields = json!({ "password": PASSWORD, "return_to": "/profile/sessions" });
    let response = browser.post(&latchkey, "/confirm", &fields).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/profile/sessions")));
    assert!(browser.is_signed_in(&latchkey).await && !old.is_signed_in(&latchkey).await);

    latchkey.pass(60);
    let mut program = Client::program();
    program.cookies = browser.cookies;
    let response = confirm(&mut program, &latchkey, PASSWORD).await;
    assert_eq!((response.status, &response.json()["user"]["username"]), (200, &json!("ada1")));
    assert_eq!(response.json()["session"]["authenticated_at"], "2026-11-20T10:01:00Z");
    assert_eq!(latchkey.database.items("SessionsTable").len(), 1, "the former sessions are gone");
}

#[tokio::test]
async fn a_wrong_password_counts_as_a_wrong_login_and_keeps_the_session() {
    let latchkey = Latchkey::start().await;
    let owner = Client::signed_up(&latchkey, "ada1").await;
    let mut thief = Client::with_token(owner.token());
    let page = confirm(&mut thief.clone().in_a_browser(), &latchkey, "a wrong password").await;
    assert!(page.status == 401 && page.body.contains("Incorrect password"), "{page:?}");
    for _ in 0..9 {
        let response = confirm(&mut thief, &latchkey, "a wrong password").await;
        assert_eq!((response.status, response.code().as_str()), (401, "invalid_credentials"));
    }
    latchkey.pass(2);
    assert_eq!(retry_after(&confirm(&mut thief, &latchkey, PASSWORD).await), 28);
    assert_eq!(guess(&latchkey, &Client::program(), "ada1").await.0, 0, "the login has the same counter");
    assert!(owner.is_signed_in(&latchkey).await);
    assert_eq!(confirm(&mut owner.clone(), &latchkey, PASSWORD).await.status, 200, "on a lane of its own");
}

#[tokio::test]
async fn without_a_session_there_is_nothing_to_confirm() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    client.post(&latchkey, "/logout", &json!({})).await;
    let hashes = latchkey.functions.login.verifier.hasher.computed();
    assert_eq!(confirm(&mut client, &latchkey, PASSWORD).await.code(), "unauthenticated");
    let mut browser = client.in_a_browser();
    let event = browser.event("GET", "/confirm").with("/rawQueryString", json!("return_to=%2Fa%3Fb"));
    let way = Some("/login?return_to=%2Fa%3Fb");
    assert_eq!(browser.send(&latchkey, &event).await.header("location"), way);
    let fields = json!({ "password": PASSWORD, "return_to": "/a?b" });
    let response = browser.post(&latchkey, "/confirm", &fields).await;
    assert_eq!((response.status, response.header("location")), (303, way));
    assert_eq!(browser.get(&latchkey, "/confirm").await.header("location"), Some("/login"));
    assert_eq!(latchkey.functions.login.verifier.hasher.computed(), hashes);
    let unknown = json!({ "password": PASSWORD, "return_to": "/a" });
    let errors = Client::program().post(&latchkey, "/confirm", &unknown).await.field_errors();
    assert_eq!(errors, [("return_to".to_owned(), "unknown".to_owned())], "it is a field of the form alone");
}

fn kinds(mails: &[Value]) -> Vec<&str> {
    mails.iter().map(|mail| mail["kind"].as_str().expect("a kind")).collect()
}

#[tokio::test]
async fn a_mail_tells_of_a_login_on_an_unknown_device_once_a_day_for_each_browser() {
    let (latchkey, mut post, client) = confirmed("ada1").await;
    let mut known = client.clone();
    assert_eq!(known.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    assert!(post.deliver(&latchkey).await.is_empty(), "the device of the sign-up is known");
    assert_eq!(Client::program().post(&latchkey, "/login", &wrong("ada1")).await.status, 401);
    assert!(post.deliver(&latchkey).await.is_empty(), "a wrong password is no login");

    let log_in = async |user_agent: &str| {
        let client = Client::program().at("198.51.100.7");
        let event = client.event("POST", "/login").header("user-agent", user_agent);
        let event = event.body("application/json", &credentials("ada1").to_string());
        assert_eq!(latchkey.send(&event).await.status, 200);
    };
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0";
    log_in(firefox).await;
    let mails = post.deliver(&latchkey).await;
    assert_eq!(kinds(&mails), ["new_sign_in"]);
    assert_eq!(
        (mails[0]["subject"].as_str(), link(&mails[0]).as_str()),
        (Some("New login to Latchkey"), "/forgot")
    );
    for part in ["text", "html"] {
        let text = mails[0][part].as_str().expect("text").replace('\n', " ");
        assert!(text.contains("your Latchkey account ada1") && text.contains("Firefox on Linux"), "{text}");
        assert!(text.contains("in the network 198.51.100.0/24"), "{text}");
    }
    log_in(firefox).await;
    assert!(post.deliver(&latchkey).await.is_empty(), "the same browser in the same network");
    log_in("curl/8").await;
    assert_eq!(post.deliver(&latchkey).await.len(), 1);
    latchkey.pass(86_400);
    log_in(firefox).await;
    assert_eq!(post.deliver(&latchkey).await.len(), 1, "another day");
    for number in 0..20 {
        let mut other = Client::program().at(&format!("192.0.{number}.1"));
        assert_eq!(other.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    }
    assert_eq!(post.deliver(&latchkey).await.len(), 9, "ten a day in all");
}

#[tokio::test]
async fn a_login_goes_on_if_its_mail_cannot_be_written_or_is_turned_off() {
    let (latchkey, mut post, _) = confirmed("ada1").await;
    latchkey.database.fail_always("PutItem mails", Fault::error(500, "InternalServerError"));
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    latchkey.database.clear_faults();
    let quiet = Latchkey::before(&latchkey.database, &[("NEW_SIGN_IN_MAILS", "false")]);
    assert_eq!(Client::program().post(&quiet, "/login", &credentials("ada1")).await.status, 200);
    assert!(post.deliver(&latchkey).await.is_empty());
}

#[tokio::test]
async fn an_address_that_is_not_confirmed_gets_no_mail_of_a_login() {
    let latchkey = Latchkey::start().await;
    let mut post = crate::harness::Post::start(&latchkey.database, &[]).await;
    Client::signed_up(&latchkey, "ada1").await;
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    assert_eq!(kinds(&post.deliver(&latchkey).await), ["confirm_email"]);
}
