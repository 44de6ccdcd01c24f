//! The errors of the route, as OAuth clients read them.

use crate::functions::token::error;
use crate::harness::client::PASSWORD;
use crate::harness::event::DOMAIN;
use crate::harness::{Client, Latchkey};

#[tokio::test]
async fn the_errors_are_those_of_oauth_too() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let json_body = |body: &str| client.event("POST", "/token").body("application/json", body);
    let post = || client.event("POST", "/token");
    for (event, status, code, oauth) in [
        (json_body(r#"{"grant_type":"password"}"#), 400, "invalid_input", "unsupported_grant_type"),
        (json_body(r#"{"refresh_token":"x"}"#), 400, "malformed_body", "invalid_request"),
        (json_body(r#"{"scope":"admin"}"#), 422, "invalid_input", "invalid_request"),
        (json_body("{"), 400, "malformed_body", "invalid_request"),
        (json_body(&" ".repeat(8_193)), 413, "payload_too_large", "invalid_request"),
        (post().body("text/plain", "x"), 415, "unsupported_media_type", "invalid_request"),
        (post().header("sec-fetch-site", "cross-site"), 403, "cross_origin", "access_denied"),
        (post().header("origin", "https://evil.example"), 403, "cross_origin", "access_denied"),
        (client.event("GET", "/token"), 405, "method_not_allowed", "invalid_request"),
        (
            client.event("GET", "/token").header("accept", "text/html"),
            405,
            "method_not_allowed",
            "invalid_request",
        ),
    ] {
        let origin = format!("https://{DOMAIN}");
        let is_form = status == 415;
        let event = if is_form { event.header("origin", &origin) } else { event };
        let response = latchkey.send(&event).await;
        assert_eq!(error(&response), (status, code.to_owned(), oauth.to_owned()), "{event:?}");
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    let empty = json_body(r#"{"grant_type":null,"audience":" ","client_id":""}"#);
    assert_eq!(latchkey.send(&empty).await.status, 200, "what has no value is not there");
    // A form ignores what it does not know, but never a grant that it cannot give.
    let event = post().header("origin", &format!("https://{DOMAIN}"));
    let event = event.body(
        "application/x-www-form-urlencoded",
        &format!("grant_type=password&username=ada1&password={}", PASSWORD.replace(' ', "+")),
    );
    let refused = latchkey.send(&event).await;
    assert_eq!(error(&refused).2, "unsupported_grant_type");
    assert_eq!(
        refused.json()["errors"].as_array().map(Vec::len),
        Some(1),
        "it is the only error: {refused:?}"
    );
}
