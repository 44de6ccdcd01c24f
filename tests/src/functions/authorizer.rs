//! The authorizer: who passes, from the next moment on.

mod failures;

use serde_json::{Value, json};

use crate::harness::access_token::{exchange, keys, parts};
use crate::harness::app::App;
use crate::harness::authorizer::Gate;
use crate::harness::event::DOMAIN;
use crate::harness::latchkey::ACCESS_TOKEN_KEYS;
use crate::harness::log_entries::LogEntries;
use crate::harness::{Client, Event, Latchkey};
use crate::rules::access_tokens::forged::{of_others, signed, tampered, with};

/// The request of a client for a route of an application.
fn orders(client: &Client) -> Event {
    client.event("GET", "/orders")
}

/// The same with an access token.
fn bearer(token: &str) -> Event {
    orders(&Client::program()).header("authorization", &format!("Bearer {token}"))
}

/// A deployment with a user, its authorizer, and an access token of the user.
async fn start() -> (Latchkey, Gate, Client, String) {
    let latchkey = Latchkey::start().await;
    let gate = Gate::start(&latchkey, &[]);
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let token = exchange(&mut client, &latchkey).await;
    latchkey.database.take_calls();
    (latchkey, gate, client, token)
}

#[tokio::test]
async fn a_session_passes_by_its_cookie_and_by_an_access_token_with_who_it_is() {
    let (latchkey, gate, client, token) = start().await;
    let [_, claims] = parts(&token);
    for (event, with, reads) in [
        (orders(&client), "cookie", vec!["BatchGetItem"]),
        (bearer(&token), "bearer", vec!["BatchGetItem", "GetItem keys"]),
        (bearer(&token), "bearer", vec!["BatchGetItem"]),
    ] {
        let answer = gate.ask(&latchkey, &event).await.expect("an answer");
        let context = json!({
            "sub": claims["sub"],
            "sid": claims["sid"],
            "role": "user",
            "auth_time": claims["auth_time"],
            "with": with,
            "claims": { "role": "user" },
        });
        assert_eq!(answer, json!({ "isAuthorized": true, "context": context }));
        assert_eq!(latchkey.database.take_operations(), reads);
    }
    // A session that is held in a refresh token has access tokens, too.
    let mut app = App::logged_in(&latchkey, "ada1").await;
    let access = app.refresh(&latchkey).await.json()["access_token"].as_str().expect("a token").to_owned();
    assert!(gate.passes(&latchkey, &bearer(&access)).await);
}

#[tokio::test]
async fn the_claims_are_those_of_the_user_now() {
    let template = r#"{"plan":"$attribute.plan","teams":["$user.role"]}"#;
    let latchkey = Latchkey::start_with(&[("ACCESS_TOKEN_CLAIMS", template)]).await;
    let gate = Gate::start(&latchkey, &[("ACCESS_TOKEN_CLAIMS", template)]);
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let token = exchange(&mut client, &latchkey).await;
    assert!(parts(&token)[1].get("plan").is_none());
    let key = json!({ "user_id": latchkey.database.items("UsersTable")[0]["user_id"] });
    let attributes = json!({ "attributes": { "M": { "plan": { "S": "pro" } } }, "role": { "S": "admin" } });
    latchkey.database.set("UsersTable", key, &attributes);
    let answer = gate.ask(&latchkey, &bearer(&token)).await.expect("an answer");
    assert_eq!(answer["context"]["claims"], json!({ "plan": "pro", "teams": ["admin"] }));
    assert_eq!(answer["context"]["role"], "admin");
}

#[tokio::test]
async fn whatever_ends_a_session_counts_at_once() {
    let (latchkey, gate, mut client, token) = start().await;
    let logged_out = client.clone();
    client.post(&latchkey, "/logout", &json!({})).await;
    assert!(!gate.passes(&latchkey, &orders(&logged_out)).await);
    assert!(!gate.passes(&latchkey, &bearer(&token)).await);

    let mut ended = Client::program();
    ended.post(&latchkey, "/login", &crate::harness::client::credentials("ada1")).await;
    let token = exchange(&mut ended, &latchkey).await;
    assert!(gate.passes(&latchkey, &bearer(&token)).await);
    let key = json!({ "user_id": latchkey.database.items("UsersTable")[0]["user_id"] });
    for (status, passes) in [("disabled", false), ("active", true)] {
        latchkey.database.set("UsersTable", key.clone(), &json!({ "status": { "S": status } }));
        assert_eq!(gate.passes(&latchkey, &orders(&ended)).await, passes, "{status}");
        assert_eq!(gate.passes(&latchkey, &bearer(&token)).await, passes, "{status}");
    }
    latchkey.raise_epoch("ada1").await;
    assert!(!gate.passes(&latchkey, &orders(&ended)).await);
    assert!(!gate.passes(&latchkey, &bearer(&token)).await);

    let mut app = App::logged_in(&latchkey, "ada1").await;
    let access = app.refresh(&latchkey).await.json()["access_token"].as_str().expect("a token").to_owned();
    assert!(gate.passes(&latchkey, &bearer(&access)).await);
    latchkey.send(&app.event("POST", "/logout")).await;
    assert!(!gate.passes(&latchkey, &bearer(&access)).await);
}

#[tokio::test]
async fn nothing_else_passes() {
    let (latchkey, gate, client, token) = start().await;
    let public = keys(&latchkey).await;
    let [header, claims] = parts(&token);
    let changed = |claims: &Value| signed(&header, claims, &ACCESS_TOKEN_KEYS);
    let mut forged = [tampered(&token), of_others(&token, &public)].concat();
    for (name, claim, value) in [
        ("no session", "sid", Value::Null),
        ("another session", "sid", json!("A".repeat(43))),
        ("several audiences", "aud", json!([claims["aud"]])),
        ("a time as text", "exp", json!("9999999999")),
        ("expired now", "exp", json!(latchkey.now())),
        ("of the future", "iat", json!(latchkey.now() + 61)),
    ] {
        forged.push((name.to_owned(), changed(&with(&claims, claim, value))));
    }
    let text = claims.to_string();
    let twice = text.replacen('{', r#"{"exp":9999999999,"#, 1);
    let message = format!(
        "{}.{}",
        token.split('.').next().expect("a header"),
        data_encoding::BASE64URL_NOPAD.encode(twice.as_bytes())
    );
    forged
        .push(("a claim twice".to_owned(), format!("{message}.{}", token.rsplit('.').next().expect("one"))));
    forged.push(("two tokens".to_owned(), format!("{token}, {token}")));
    forged.push(("the token of the cookie".to_owned(), client.token().to_owned()));
    let app = App::logged_in(&latchkey, "ada1").await;
    forged.push(("a refresh token".to_owned(), app.token.clone()));
    forged.push(("a long one".to_owned(), format!("{token}{}", "A".repeat(4_096))));
    for (name, token) in forged {
        assert!(!gate.passes(&latchkey, &bearer(&token)).await, "{name}");
        let with_cookie = orders(&client).header("authorization", &format!("bearer {token}"));
        assert!(!gate.passes(&latchkey, &with_cookie).await, "{name}: the cookie does not count then");
    }
    for client in [
        Client::program(),
        Client::with_token("x"),
        Client::with_token(&token),
        Client::with_token(&app.token),
    ] {
        assert!(!gate.passes(&latchkey, &orders(&client)).await);
    }
    let odd = [json!(null), json!([]), json!({}), json!({ "headers": 5, "requestContext": { "http": [] } })];
    for event in odd.map(Event::from) {
        if event.json().is_object() {
            assert!(!gate.passes(&latchkey, &event).await, "{event:?}");
        }
    }
    assert!(gate.passes(&latchkey, &bearer(&token)).await && gate.passes(&latchkey, &orders(&client)).await);
}

#[tokio::test]
async fn only_the_first_audience_and_the_right_issuer_pass() {
    let variables = [("ACCESS_TOKEN_AUDIENCES", "orders,reports")];
    let latchkey = Latchkey::start_with(&variables).await;
    let gate = Gate::start(&latchkey, &variables);
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    for (audience, passes) in [("orders", true), ("reports", false)] {
        let body = client.post(&latchkey, "/token", &json!({ "audience": audience })).await.json();
        let token = body["access_token"].as_str().expect("a token");
        assert_eq!(gate.passes(&latchkey, &bearer(token)).await, passes, "{audience}");
        let other = Gate::start(&latchkey, &[variables[0], ("ISSUER", "https://auth.example.com")]);
        assert!(!other.passes(&latchkey, &bearer(token)).await);
    }
}

#[tokio::test]
async fn a_cookie_passes_with_a_request_that_only_a_page_of_the_site_can_have_sent() {
    let (latchkey, gate, client, token) = start().await;
    let own = format!("https://{DOMAIN}");
    let headers: [(&str, &str, bool); 11] = [
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "none", true),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "cross-site", false),
        ("origin", &own, true),
        ("origin", "null", false),
        ("origin", "https://app.example.com", false),
        ("referer", "https://evil.example/", false),
        ("content-type", "application/json", true),
        ("content-type", "text/plain", false),
        ("x", "y", false),
    ];
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for (name, value, passes) in headers {
            let event = client.event(method, "/orders").header(name, value);
            assert_eq!(gate.passes(&latchkey, &event).await, passes, "{method} {name}: {value}");
            // No browser adds the token by itself.
            let event = event.header("authorization", &format!("Bearer {token}"));
            assert!(gate.passes(&latchkey, &event).await, "{method} {name}: {value}");
        }
    }
    for method in ["GET", "HEAD", "OPTIONS"] {
        let event = client.event(method, "/orders").header("sec-fetch-site", "cross-site");
        assert!(gate.passes(&latchkey, &event).await, "{method}");
        assert!(!gate.passes(&latchkey, &Client::program().event(method, "/orders")).await, "{method}");
    }
}

#[tokio::test]
async fn the_log_says_why_a_request_does_not_pass_and_names_no_one() {
    let (latchkey, gate, client, token) = start().await;
    let log = LogEntries::collect();
    for (event, reason) in [
        (orders(&Client::program()), "anonymous"),
        (bearer("x"), "invalid_token"),
        (client.event("POST", "/orders").header("sec-fetch-site", "same-site"), "cross_origin"),
    ] {
        assert!(!gate.passes(&latchkey, &event).await);
        let entry = log.take().pop().expect("an entry");
        assert_eq!((&entry["message"], &entry["reason"]), (&json!("refused"), &json!(reason)), "{entry}");
    }
    assert!(gate.passes(&latchkey, &bearer(&token)).await);
    assert!(log.take().is_empty(), "one that passes costs nothing");
    client.clone().post(&latchkey, "/logout", &json!({})).await;
    log.take();
    assert!(!gate.passes(&latchkey, &orders(&client)).await);
    assert_eq!(log.take().pop().expect("an entry")["reason"], "unauthenticated");
}
