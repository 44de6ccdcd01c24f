//! Another display name, another username, a copy of the data, and the end of the account.

mod erased;

use serde_json::{Value, json};

use crate::functions::SampleEvent;
use crate::functions::recovery::{NEW, confirmed};
use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::mail::token;
use crate::harness::{Client, Latchkey, Response};
use crate::rules::limiter::{guess, retry_after};

/// The events of `events/account`.
pub const EVENTS: &[SampleEvent] = &[
    ("data", 401, "unauthenticated"),
    ("delete-json", 401, "unauthenticated"),
    ("delete-page", 303, ""),
    ("name-json", 401, "unauthenticated"),
    ("name-page", 303, ""),
    ("username-json", 401, "unauthenticated"),
    ("username-page", 303, ""),
];

const DAY: i64 = 86_400;

pub(crate) async fn rename(client: &mut Client, latchkey: &Latchkey, username: &str) -> Response {
    client.post(latchkey, "/profile/username", &json!({ "username": username })).await
}

pub(crate) async fn delete(client: &mut Client, latchkey: &Latchkey, username: &str) -> Response {
    client.post(latchkey, "/profile/delete", &json!({ "username": username })).await
}

async fn log_in(latchkey: &Latchkey, identifier: &str) -> i64 {
    Client::program().moved().post(latchkey, "/login", &credentials(identifier)).await.status
}

fn kinds(mails: &[Value]) -> Vec<&str> {
    mails.iter().map(|mail| mail["kind"].as_str().expect("a kind")).collect()
}

#[tokio::test]
async fn a_user_changes_and_clears_the_display_name() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(3_600);
    for (sent, name) in [(json!("Ada"), json!("Ada")), (json!(" "), Value::Null), (json!("A"), json!("A"))] {
        let response = client.post(&latchkey, "/profile/name", &json!({ "name": sent })).await;
        assert_eq!((response.status, &response.json()["user"]["name"]), (200, &name));
    }
    let response = client.post(&latchkey, "/profile/name", &json!({ "name": null })).await;
    assert_eq!(response.json()["user"]["name"], Value::Null);
    let response = client.post(&latchkey, "/profile/name", &json!({})).await;
    assert_eq!(response.field_errors(), [("name".to_owned(), "required".to_owned())]);
    let mut browser = client.in_a_browser();
    let response = browser.post(&latchkey, "/profile/name", &json!({ "name": "Ada L." })).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/profile")));
    let profile = browser.get(&latchkey, "/profile").await;
    assert!(profile.body.contains("Your name is changed.") && profile.body.contains("Ada L."));
    assert!(browser.get(&latchkey, "/profile/name").await.body.contains("value=\"Ada L.\""));
}

#[tokio::test]
async fn a_user_gets_another_username_and_the_former_one_is_held() {
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    let former = client.clone();
    let response = rename(&mut client, &latchkey, "Countess").await;
    assert_eq!((response.status, &response.json()["user"]["username"]), (200, &json!("Countess")));
    assert!(client.is_signed_in(&latchkey).await, "the sessions go on");
    assert_eq!((log_in(&latchkey, "countess").await, log_in(&latchkey, "ada1").await), (200, 401));
    assert_eq!(log_in(&latchkey, "ada1@example.com").await, 200);
    let told = post.deliver(&latchkey).await;
    assert!(kinds(&told).contains(&"username_changed"), "{told:?}");
    assert!(told[0]["text"].as_str().expect("text").contains("is Countess now"), "{told:?}");

    // The new device cookie is for the new name, the former one for the former name.
    guess(&latchkey, &Client::program(), "countess").await;
    for (mut device, status) in [(client.clone(), 200), (former, 429)] {
        device.cookies.remove("__Host-session");
        assert_eq!(device.moved().post(&latchkey, "/login", &credentials("countess")).await.status, status);
    }

    let mut eve = Client::signed_up(&latchkey, "eve1").await;
    let taken = Client::program().post(&latchkey, "/signup", &account("ada1")).await;
    assert_eq!((taken.status, taken.code().as_str()), (409, "username_taken"));
    assert_eq!(rename(&mut eve, &latchkey, "ADA1").await.code(), "username_taken");
    latchkey.pass(30 * DAY - 1);
    let mut eve = Client::program();
    eve.post(&latchkey, "/login", &credentials("eve1")).await;
    assert_eq!(rename(&mut eve, &latchkey, "ada1").await.code(), "username_taken");
    latchkey.pass(1);
    assert_eq!(rename(&mut eve, &latchkey, "ada1").await.status, 200);
    assert_eq!(log_in(&latchkey, "ada1").await, 200);
}

#[tokio::test]
async fn a_user_takes_a_former_username_back_and_changes_its_case() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    assert_eq!(rename(&mut client, &latchkey, "ada2").await.status, 200);
    assert_eq!(rename(&mut client, &latchkey, "ada1").await.status, 200);
    assert_eq!((log_in(&latchkey, "ada1").await, log_in(&latchkey, "ada2").await), (200, 401));
    // Another case is no third name of the day.
    assert_eq!(rename(&mut client, &latchkey, "Ada1").await.json()["user"]["username"], "Ada1");
    let unchanged = rename(&mut client, &latchkey, "Ada1").await;
    assert_eq!(unchanged.field_errors(), [("username".to_owned(), "unchanged".to_owned())]);
    assert_eq!(log_in(&latchkey, "ada1").await, 200);
    assert_eq!(latchkey.database.items("CredentialsTable").len(), 3);
}

#[tokio::test]
async fn a_username_changes_twice_a_day_and_a_refused_change_is_none() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    Client::signed_up(&latchkey, "eve1").await;
    for _ in 0..5 {
        assert_eq!(rename(&mut client, &latchkey, "eve1").await.code(), "username_taken");
    }
    for (username, code) in
        [("", "required"), ("abc", "too_short"), ("admin", "reserved"), ("a..b", "invalid")]
    {
        let refused = rename(&mut client, &latchkey, username).await;
        assert_eq!(refused.field_errors(), [("username".to_owned(), code.to_owned())]);
    }
    assert_eq!(rename(&mut client, &latchkey, "ada2").await.status, 200);
    assert_eq!(rename(&mut client, &latchkey, "ada3").await.status, 200);
    let refused = rename(&mut client, &latchkey, "ada4").await;
    assert_eq!(retry_after(&refused), DAY / 2);
    latchkey.pass(DAY / 2);
    client.post(&latchkey, "/confirm", &json!({ "password": PASSWORD })).await;
    assert_eq!(rename(&mut client, &latchkey, "ada4").await.status, 200);
}

#[tokio::test]
async fn what_a_thief_of_a_session_must_not_do_wants_a_fresh_one() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(600);
    let before = latchkey.database.everything();
    assert_eq!(rename(&mut client, &latchkey, "ada2").await.code(), "confirmation_required");
    assert_eq!(delete(&mut client, &latchkey, "ada1").await.code(), "confirmation_required");
    assert_eq!(client.get(&latchkey, "/profile/data").await.code(), "confirmation_required");
    let mut browser = client.in_a_browser();
    for page in ["/profile/username", "/profile/delete", "/profile/data", "/profile/email"] {
        let way = format!("/confirm?return_to={}", page.replace('/', "%2F"));
        assert_eq!(browser.get(&latchkey, page).await.header("location"), Some(&*way));
    }
    assert_eq!(browser.get(&latchkey, "/profile/name").await.status, 200);
    assert_eq!(latchkey.database.everything(), before);
}

#[tokio::test]
async fn the_data_is_all_that_the_tables_have_of_a_user_but_no_secret() {
    let (latchkey, _, mut client) = confirmed("ada1").await;
    client.post(&latchkey, "/profile/name", &json!({ "name": "Ada" })).await;
    for _ in 0..2 {
        Client::program().moved().post(&latchkey, "/login", &credentials("ada1")).await;
    }
    let response = client.get(&latchkey, "/profile/data").await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("content-disposition"), Some("attachment; filename=\"account.json\""));
    let data = response.json();
    assert_eq!(data["exported_at"], "2026-11-20T09:00:00Z");
    let user = &latchkey.database.items("UsersTable")[0];
    let names = |item: &Value| item.as_object().expect("an item").keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&data["user"]), names(user));
    assert_eq!(
        (&data["user"]["name"], &data["user"]["created_at"]),
        (&json!("Ada"), &json!("2026-11-20T09:00:00Z"))
    );
    let stored = latchkey.database.items("SessionsTable");
    assert_eq!((data["sessions"].as_array().expect("a list").len(), stored.len()), (3, 3));
    for (shown, stored) in data["sessions"].as_array().expect("a list").iter().zip(&stored) {
        let expected: Vec<_> = names(stored).into_iter().filter(|name| name != "session_id").collect();
        assert_eq!(names(shown), expected);
    }
    for secret in
        [&stored[0]["session_id"]["S"], &latchkey.database.items("CredentialsTable")[0]["password_hash"]["S"]]
    {
        assert!(!response.body.contains(secret.as_str().expect("a text")));
    }
}

#[tokio::test]
async fn a_deleted_account_is_gone_at_once_and_can_be_taken_back_for_seven_days() {
    for (days, status) in [(0, 204), (6, 204), (7, 410)] {
        let (latchkey, mut post, mut client) = confirmed("ada1").await;
        let mut elsewhere = Client::program();
        elsewhere.post(&latchkey, "/login", &credentials("ada1")).await;
        for (typed, code) in [("ada2", "invalid"), ("", "required")] {
            let wrong = delete(&mut client, &latchkey, typed).await;
            assert_eq!(wrong.field_errors(), [("username".to_owned(), code.to_owned())]);
        }
        let response = delete(&mut client, &latchkey, "Ada1").await;
        assert_eq!(response.status, 204, "{response:?}");
        let kept = ["__Host-session", "__Host-device"].map(|name| client.cookies.contains_key(name));
        assert_eq!(kept, [false, false]);
        assert!(!elsewhere.is_signed_in(&latchkey).await);
        assert!(latchkey.database.items("SessionsTable").is_empty());
        assert_eq!(
            (log_in(&latchkey, "ada1").await, log_in(&latchkey, "ada1@example.com").await),
            (401, 401)
        );
        assert_eq!(Client::program().post(&latchkey, "/signup", &account("ada1")).await.status, 409);

        let mails = post.deliver(&latchkey).await;
        let mail = mails.iter().find(|mail| mail["kind"] == "account_deleted").expect("a mail");
        assert_eq!(mail["to"], "ada1@example.com");
        latchkey.pass(days * DAY);
        let undo = json!({ "token": token(mail), "password": NEW });
        let response = Client::program().post(&latchkey, "/undo", &undo).await;
        assert_eq!(response.status, status, "{response:?}");
        let fields = json!({ "identifier": "ada1", "password": NEW });
        let login = Client::program().moved().post(&latchkey, "/login", &fields).await.status;
        assert_eq!(login, if status == 204 { 200 } else { 401 });
        if status == 204 {
            let again = Client::program().post(&latchkey, "/undo", &undo).await;
            assert_eq!(again.code(), "link_expired");
            let user = latchkey.database.items("UsersTable").remove(0);
            assert_eq!((&user["status"]["S"], user.get("erase_at")), (&json!("active"), None));
        } else {
            // The address is free then, the username later.
            let new = json!({ "username": "ada2", "email": "ada1@example.com", "password": PASSWORD });
            assert_eq!(Client::program().post(&latchkey, "/signup", &new).await.status, 201);
            let new = json!({ "username": "ada1", "email": "ada3@example.com", "password": PASSWORD });
            assert_eq!(Client::program().moved().post(&latchkey, "/signup", &new).await.status, 409);
            latchkey.pass(23 * DAY);
            assert_eq!(Client::program().moved().post(&latchkey, "/signup", &new).await.status, 201);
        }
    }
}

#[tokio::test]
async fn an_account_with_an_unconfirmed_address_is_deleted_for_good() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    assert_eq!(delete(&mut client, &latchkey, "ada1").await.status, 204);
    assert!(latchkey.database.items("UsersTable").is_empty());
    let [held] = &latchkey.database.items("CredentialsTable")[..] else { panic!("one credential") };
    assert_eq!((&held["identifier"]["S"], held.get("password_hash")), (&json!("username#ada1"), None));
    let new = json!({ "username": "ada2", "email": "ada1@example.com", "password": PASSWORD });
    assert_eq!(Client::program().post(&latchkey, "/signup", &new).await.status, 201);
}
