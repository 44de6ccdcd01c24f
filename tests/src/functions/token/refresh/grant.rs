//! What a request with a grant may say (RFC 6749, 5.2 and 6).

use serde_json::{Value, json};

use crate::functions::token::error;
use crate::functions::token::refresh::start;
use crate::harness::Client;
use crate::harness::access_token::parts;
use crate::harness::app::refresh_token;
use crate::harness::event::DOMAIN;

#[tokio::test]
async fn the_grant_is_read_as_oauth_says() {
    let (latchkey, mut app) = start().await;
    let json_of = |fields: Value| {
        Client::program().event("POST", "/token").body("application/json", &fields.to_string())
    };
    let token = app.token.clone();
    let grant = json!("refresh_token");
    for (fields, status, oauth) in [
        (json!({ "grant_type": grant }), 400, "invalid_request"),
        (json!({ "grant_type": grant, "refresh_token": null }), 400, "invalid_request"),
        (json!({ "grant_type": grant, "refresh_token": 5 }), 400, "invalid_request"),
        (json!({ "grant_type": grant, "refresh_token": "" }), 400, "invalid_request"),
        (json!({ "grant_type": grant, "refresh_token": "a.b.c" }), 400, "invalid_grant"),
        (json!({ "grant_type": grant, "refresh_token": format!("{token}x") }), 400, "invalid_grant"),
        (json!({ "grant_type": grant, "refresh_token": token, "client_id": "x" }), 400, "invalid_client"),
        (json!({ "grant_type": grant, "refresh_token": token, "audience": "x" }), 400, "invalid_target"),
        (json!({ "grant_type": "password", "refresh_token": token }), 400, "unsupported_grant_type"),
        (json!({ "grant_type": null, "refresh_token": token }), 400, "invalid_request"),
        (json!({ "refresh_token": token }), 400, "invalid_request"),
        (json!({ "audience": "x" }), 422, "invalid_target"),
    ] {
        let response = latchkey.send(&json_of(fields.clone())).await;
        let (found, _, found_oauth) = error(&response);
        assert_eq!((found, found_oauth.as_str()), (status, oauth), "{fields}: {response:?}");
    }
    assert!(latchkey.database.take_operations().is_empty(), "none of them costs a call");
    for event in [app.event("POST", "/token"), app.event("POST", "/token").body("application/json", "{}")] {
        let response = latchkey.send(&event).await;
        assert_eq!(error(&response).1, "malformed_body");
        assert!(response.json()["detail"].as_str().expect("a text").contains("grant_type=refresh_token"));
    }
    let others =
        json!({ "grant_type": grant, "refresh_token": token, "scope": ["a"], "x": null, "audience": "" });
    let response = latchkey.send(&json_of(others)).await;
    assert_eq!(response.status, 200, "what it does not know is ignored: {response:?}");
    app.token = refresh_token(&response);
    let issuer = format!("https://{DOMAIN}");
    let event = app.exchange().header("authorization", "Bearer x").cookies(["__Host-session=x".to_owned()]);
    assert_eq!(latchkey.send(&event).await.status, 200, "only the body counts");
    let with_audience = json!({ "grant_type": grant, "refresh_token": app.token, "audience": issuer });
    let body = latchkey.send(&json_of(with_audience)).await.json();
    assert_eq!(parts(body["access_token"].as_str().expect("a token"))[1]["aud"], issuer);
}
