//! Access tokens.

mod claims;
mod errors;
mod keys;
mod refresh;

use serde_json::{Value, json};

use crate::functions::SampleEvent;
use crate::harness::access_token::{exchange, is_signed, keys, parts};
use crate::harness::event::DOMAIN;
use crate::harness::{Client, Latchkey, Response};

pub const EVENTS: &[SampleEvent] = &[
    ("audience", 422, "invalid_target"),
    ("exchange", 401, "login_required"),
    ("grant", 400, "unsupported_grant_type"),
    ("refresh", 400, "invalid_grant"),
];

const DAY: i64 = 86_400;

/// Asks for a token with this body.
async fn ask(client: &mut Client, latchkey: &Latchkey, body: &Value) -> Response {
    client.post(latchkey, "/token", body).await
}

/// The code of Latchkey and the error of OAuth.
fn error(response: &Response) -> (i64, String, String) {
    assert_eq!(response.header("content-type"), Some("application/json"), "{response:?}");
    let body = response.json();
    let wrong = &body["errors"][0];
    let description = match (wrong["field"].as_str(), wrong["message"].as_str()) {
        (Some(field), Some(message)) => json!(format!("{field}: {message}")),
        _ => body["detail"].clone(),
    };
    assert_eq!(body["error_description"], description);
    assert_eq!(body["status"], response.status);
    let text = |name: &str| body[name].as_str().expect("a text").to_owned();
    (response.status, text("code"), text("error"))
}

#[tokio::test]
async fn a_session_gets_a_token_with_exactly_the_header_and_claims_of_the_contract() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(7);
    latchkey.database.take_calls();
    let response = client.send(&latchkey, &client.event("POST", "/token")).await;
    assert_eq!(latchkey.database.take_operations(), ["BatchGetItem"], "one read");
    assert!(response.cookies.is_empty(), "the session is not due for a renewal");
    let body = response.json();
    assert_eq!(
        (response.status, &body["token_type"], &body["expires_in"]),
        (200, &json!("Bearer"), &json!(300))
    );
    let profile = client.get(&latchkey, "/profile").await.json();
    assert_eq!((&body["user"], &body["session"]), (&profile["user"], &profile["session"]));

    let token = body["access_token"].as_str().expect("a token");
    let public = keys(&latchkey).await;
    let [header, mut claims] = parts(token);
    assert_eq!(header, json!({ "alg": "RS256", "kid": public["keys"][0]["kid"], "typ": "at+jwt" }));
    let jti = claims.as_object_mut().expect("claims").remove("jti").expect("an id");
    assert_eq!(jti.as_str().map(str::len), Some(22), "128 bits");
    let session = latchkey.database.session();
    let now = latchkey.now();
    assert_eq!(
        claims,
        json!({
            "iss": format!("https://{DOMAIN}"),
            "sub": profile["user"]["id"],
            "aud": format!("https://{DOMAIN}"),
            "client_id": "latchkey",
            "exp": now + 300,
            "iat": now - 5,
            "sid": session["session_id"]["S"],
            "auth_time": now - 7,
            "amr": ["pwd"],
            "role": "user",
        })
    );
    assert!(is_signed(token, &public));
    assert!(token.len() <= 1_000, "{}", token.len());
    assert_ne!(
        parts(&exchange(&mut client, &latchkey).await)[1]["jti"],
        jti,
        "each token has an id of its own"
    );
}

#[tokio::test]
async fn only_an_active_session_gets_a_token() {
    let latchkey = Latchkey::start().await;
    let mut anonymous = Client::program();
    let refusal = (401, "unauthenticated".to_owned(), "login_required".to_owned());
    assert_eq!(error(&ask(&mut anonymous, &latchkey, &json!({})).await), refusal);
    let mut gone = Client::signed_up(&latchkey, "ada1").await;
    let copy = gone.clone();
    gone.post(&latchkey, "/logout", &json!({})).await;
    assert_eq!(error(&ask(&mut copy.clone(), &latchkey, &json!({})).await), refusal, "after the logout");

    let mut ended = Client::signed_up(&latchkey, "ada2").await;
    latchkey.raise_epoch("ada2").await;
    assert_eq!(
        error(&ask(&mut ended, &latchkey, &json!({})).await),
        refusal,
        "after all sessions have ended"
    );

    let mut disabled = Client::signed_up(&latchkey, "ada3").await;
    let item = latchkey.database.items("UsersTable");
    let item = item.iter().find(|item| item["username"]["S"] == "ada3").expect("a user");
    let key = json!({ "user_id": item["user_id"] });
    latchkey.database.set("UsersTable", key, &json!({ "status": { "S": "disabled" } }));
    assert_eq!(error(&ask(&mut disabled, &latchkey, &json!({})).await), refusal, "a disabled user");

    let mut old = Client::signed_up(&latchkey, "ada4").await;
    latchkey.pass(14 * DAY);
    assert_eq!(error(&ask(&mut old, &latchkey, &json!({})).await), refusal, "after the idle end");
}

#[tokio::test]
async fn an_access_token_opens_no_route_of_latchkey() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let token = exchange(&mut client, &latchkey).await;
    assert!(!Client::with_token(&token).is_signed_in(&latchkey).await, "as a cookie");
    for (method, path) in [("GET", "/profile"), ("POST", "/logout")] {
        let event = Client::program().event(method, path).header("authorization", &format!("Bearer {token}"));
        assert_eq!(latchkey.send(&event).await.status, 401, "{path}");
    }
    assert_eq!(latchkey.send(&Client::with_token(&token).event("POST", "/token")).await.status, 401);
}

#[tokio::test]
async fn a_token_ends_with_its_session_and_the_request_renews_it() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let first = client.token().to_owned();
    latchkey.pass(DAY);
    let response = ask(&mut client, &latchkey, &json!({})).await;
    assert_eq!((response.status, response.cookies.len()), (200, 1), "{response:?}");
    assert_ne!(client.token(), first);
    assert_eq!(latchkey.database.session()["renewed_at"]["N"], latchkey.now().to_string());
    for _ in 0..28 {
        latchkey.pass(DAY);
        assert_eq!(ask(&mut client, &latchkey, &json!({})).await.status, 200);
    }
    latchkey.pass(DAY - 100);
    let response = ask(&mut client, &latchkey, &json!({})).await;
    let body = response.json();
    let [_, claims] = parts(body["access_token"].as_str().expect("a token"));
    assert_eq!((&body["expires_in"], &claims["exp"]), (&json!(100), &json!(latchkey.now() + 100)));
}

#[tokio::test]
async fn a_client_names_an_audience_of_the_site_and_no_other() {
    let origin = format!("https://{DOMAIN}");
    let audiences =
        [("ACCESS_TOKEN_AUDIENCES", "https://api.example.com, orders"), ("ACCESS_TOKEN_SECONDS", "60")];
    let latchkey = Latchkey::start_with(&audiences).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    for (body, audience) in [
        (json!({}), "https://api.example.com"),
        (json!({ "audience": null }), "https://api.example.com"),
        (json!({ "audience": "" }), "https://api.example.com"),
        (json!({ "audience": "orders" }), "orders"),
        (json!({ "audience": origin }), origin.as_str()),
    ] {
        let body = ask(&mut client, &latchkey, &body).await.json();
        assert_eq!(parts(body["access_token"].as_str().expect("a token"))[1]["aud"], audience);
        assert_eq!(body["expires_in"], 60);
    }
    latchkey.database.take_calls();
    for audience in
        ["Orders", "order", "orders ", "https://api.example.com/", "latchkey", "https://evil.example"]
    {
        let response = ask(&mut client, &latchkey, &json!({ "audience": audience })).await;
        let refusal = (422, "invalid_input".to_owned(), "invalid_target".to_owned());
        assert_eq!(error(&response), refusal, "{audience:?}");
        assert_eq!(response.field_errors(), [("audience".to_owned(), "invalid".to_owned())]);
    }
    let event = client.event("POST", "/token").header("origin", &origin);
    let event = event.body("application/x-www-form-urlencoded", "audience=orders");
    assert_eq!(
        parts(latchkey.send(&event).await.json()["access_token"].as_str().expect("a token"))[1]["aud"],
        "orders"
    );
    assert_eq!(latchkey.database.take_operations(), ["BatchGetItem"], "a refusal costs no call");
}

#[tokio::test]
async fn a_variable_that_cannot_be_right_stops_the_start() {
    for (name, value) in [
        ("ACCESS_TOKEN_SECONDS", "59"),
        ("ACCESS_TOKEN_SECONDS", "3601"),
        ("ACCESS_TOKEN_AUDIENCES", ","),
        ("ACCESS_TOKEN_AUDIENCES", "a,,b"),
        ("ACCESS_TOKEN_AUDIENCES", "a b"),
        ("ACCESS_TOKEN_AUDIENCES", "ä"),
        ("ACCESS_TOKEN_AUDIENCES", "1,2,3,4,5,6,7,8,9"),
        ("ACCESS_TOKEN_KEYS", "{"),
        ("ACCESS_TOKEN_KEYS", r#"{"0":"AAAA"}"#),
    ] {
        let error = claims::start(&[(name, value)]).expect_err(value);
        assert!(error.contains(name) && error.contains("must be"), "{error}");
    }
    let long = "x".repeat(129);
    assert!(claims::start(&[("ACCESS_TOKEN_AUDIENCES", &long)]).is_err());
    assert!(claims::start(&[("ACCESS_TOKEN_AUDIENCES", &long[..128])]).is_ok());
}
