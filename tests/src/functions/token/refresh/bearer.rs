//! A refresh token as the bearer token of a request.

use latchkey::keys::{KeySet, Keys};
use latchkey::secret::BearerSecret;
use latchkey::session::Session;
use latchkey::time::Timestamp;
use latchkey::token::Tokens;
use serde_json::json;

use crate::functions::token::refresh::{DAY, is_invalid_grant, start};
use crate::harness::Client;
use crate::harness::app::refresh_token;
use crate::harness::client::PASSWORD;
use crate::harness::latchkey::{STACK, keys as signing_keys};

#[tokio::test]
async fn a_token_of_one_kind_opens_no_session_of_the_other() {
    let (latchkey, app) = start().await;
    let set = KeySet::parse(&signing_keys()).expect("keys");
    let tokens = Tokens::new(STACK.to_owned(), Keys::fixed(set));
    let now = Timestamp::from_seconds(latchkey.now());
    let presented = tokens.refresh_verify(&app.token, now).expect("a token");
    let stored = latchkey.database.session();
    let session: Session = serde_json::from_value(json!({
        "user_id": stored["user_id"]["S"],
        "session_id": stored["session_id"]["S"],
        "created_at": latchkey.now(), "authenticated_at": latchkey.now(), "authenticated_with": "password",
        "active_until": latchkey.now() + 5, "idle_until": latchkey.now() + 5,
        "absolute_until": latchkey.now() + 5, "expires_at": latchkey.now() + 5, "epoch": 0,
    }))
    .expect("a session");
    let secret = || BearerSecret::parse(&presented.secret.reveal()).expect("a secret");
    let cookie = tokens.issue(&session, &secret(), "user", now).expect("a token");
    assert!(!Client::with_token(&cookie).is_signed_in(&latchkey).await, "as a cookie");
    assert!(!Client::with_token(&app.token).is_signed_in(&latchkey).await, "a refresh token in the cookie");
    assert!(!app.with(&cookie).is_signed_in(&latchkey).await, "a cookie's token as a bearer");
    assert!(is_invalid_grant(&app.with(&cookie).refresh(&latchkey).await));
    assert!(app.is_signed_in(&latchkey).await);

    let client = Client::signed_up(&latchkey, "ada2").await;
    assert!(!app.with(client.token()).is_signed_in(&latchkey).await);
    latchkey.database.set(
        "SessionsTable",
        json!({ "user_id": stored["user_id"], "session_id": stored["session_id"] }),
        &json!({ "generation": { "N": "7" } }),
    );
    for (generation, opens) in [(6, false), (7, true), (8, false), (0, false)] {
        let session = Session { generation: Some(generation), ..session.clone() };
        let token = tokens.refresh_issue(&session, &secret(), now).expect("a token");
        let token = serde_json::to_value(token).expect("a text");
        let token = app.with(token.as_str().expect("a text"));
        assert_eq!(token.is_signed_in(&latchkey).await, opens, "{generation}");
    }
}

#[tokio::test]
async fn a_bearer_is_the_only_credential_of_its_request() {
    let (latchkey, app) = start().await;
    let client = Client::signed_up(&latchkey, "ada2").await;
    for (header, status) in [
        (format!("Bearer {}", app.token), 200),
        (format!("bearer   {} ", app.token), 200),
        (format!("Bearer {}, Bearer {}", app.token, app.token), 401),
        ("Bearer".to_owned(), 401),
        (format!("Bearer {}", client.token()), 401),
    ] {
        let event = client.event("GET", "/profile").header("authorization", &header);
        let response = latchkey.send(&event.header("accept", "text/html")).await;
        assert_eq!((response.status, response.cookies.len()), (status, 0), "{header}: {response:?}");
        let body = response.json();
        if status == 200 {
            assert_eq!(body["user"]["username"], "ada1");
        } else {
            let expected = "Bearer realm=\"latchkey\", error=\"invalid_token\"";
            assert_eq!(response.header("www-authenticate"), Some(expected));
            assert!(body["detail"].as_str().expect("a text").contains("refresh token"), "{body}");
        }
    }
    let basic = client.event("GET", "/profile").header("authorization", "Basic YTpi");
    assert_eq!(latchkey.send(&basic).await.json()["user"]["username"], "ada2", "of something before us");
    let alone = Client::program().event("GET", "/profile").header("authorization", "Basic YTpi");
    assert_eq!(latchkey.send(&alone).await.status, 401);
}

#[tokio::test]
async fn no_response_to_a_copied_token_shows_when_the_owner_refreshes() {
    let (latchkey, mut owner) = start().await;
    assert_eq!(owner.refresh(&latchkey).await.status, 200);
    let thief = owner.clone();
    let seen = async || {
        let mut seen = Vec::new();
        for path in ["/profile", "/profile/sessions"] {
            let response = latchkey.send(&thief.event("GET", path)).await;
            seen.push((response.status, response.json()));
        }
        seen
    };
    let before = seen().await;
    latchkey.pass(2 * DAY);
    assert_eq!(seen().await, before);
    assert_eq!(owner.refresh(&latchkey).await.status, 200);
    assert_eq!(seen().await, before);
    assert_eq!(before[0].0, 200);
}

#[tokio::test]
async fn a_bearer_does_what_a_cookie_does_and_gets_no_cookie() {
    let (latchkey, mut app) = start().await;
    latchkey.pass(2 * DAY);
    let profile = latchkey.send(&app.event("GET", "/profile")).await;
    assert_eq!((profile.status, profile.cookies.len()), (200, 0), "no renewal");
    let list = latchkey.send(&app.event("GET", "/profile/sessions")).await.json();
    assert_eq!(
        (&list["sessions"][0]["kind"], &list["sessions"][0]["current"]),
        (&json!("token"), &json!(true))
    );
    let confirmed = app.post(&latchkey, "/confirm", &json!({ "password": PASSWORD })).await;
    assert_eq!((confirmed.status, confirmed.cookies.len()), (200, 0), "{confirmed:?}");
    app.token = refresh_token(&confirmed);
    let ended = app.post(&latchkey, "/profile/sessions/end-others", &json!({})).await;
    assert_eq!((ended.status, ended.cookies.len()), (204, 0), "{ended:?}");
    let fields = json!({ "current_password": PASSWORD, "password": "another correct horse" });
    let changed = app.post(&latchkey, "/profile/password", &fields).await;
    assert_eq!((changed.status, changed.cookies.len()), (200, 0), "{changed:?}");
    assert!(!app.is_signed_in(&latchkey).await, "the session is another one");
    app.token = refresh_token(&changed);
    let wrong = app.post(&latchkey, "/profile/password", &fields).await;
    assert_eq!((wrong.status, wrong.code()), (401, "invalid_credentials".to_owned()));
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer realm=\"latchkey\""));
    let deleted = app.post(&latchkey, "/profile/delete", &json!({ "username": "ada1" })).await;
    assert_eq!((deleted.status, deleted.cookies.len()), (204, 0), "{deleted:?}");
}

#[tokio::test]
async fn no_origin_is_checked_where_a_browser_adds_nothing_by_itself() {
    let (latchkey, mut app) = start().await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let exchanged = latchkey.send(&app.exchange().header(name, value)).await;
        assert_eq!(exchanged.status, 200, "{exchanged:?}");
        app.token = refresh_token(&exchanged);
        let anonymous = Client::program().event("POST", "/token").header(name, value);
        assert_eq!(latchkey.send(&anonymous).await.status, 401);
        let client = Client::signed_up(&latchkey, &format!("user-{name}")).await;
        let with_cookie = client.event("POST", "/token").header(name, value);
        assert_eq!(latchkey.send(&with_cookie).await.status, 403);
        let basic = client.event("POST", "/logout").header(name, value).header("authorization", "Basic YTpi");
        assert_eq!(latchkey.send(&basic).await.status, 403, "a URL can carry it");
        let form = app.event("POST", "/profile/name").header(name, value);
        let form = form.body("application/x-www-form-urlencoded", "name=Ada");
        assert_eq!(latchkey.send(&form).await.status, 200);
    }
    let out = latchkey.send(&app.event("POST", "/logout").header("sec-fetch-site", "cross-site")).await;
    assert_eq!(out.status, 204, "{out:?}");
}
