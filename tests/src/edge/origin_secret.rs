//! The secret of a CDN in front of the API.

use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::functions::Functions;
use crate::harness::{Client, Event, Latchkey};
use crate::rules::limiter::wrong;

fn hash(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret))
}

/// Behind a CDN whose secret is `new`, while that is changed from `old`.
async fn behind_a_cdn() -> Latchkey {
    let hashes = format!("{},{}", hash("old"), hash("new"));
    Latchkey::start_with(&[("ORIGIN_SECRET_SHA256", &hashes), ("LOGIN_PER_MINUTE", "2")]).await
}

#[tokio::test]
async fn with_an_origin_secret_nothing_else_is_answered() {
    let latchkey = behind_a_cdn().await;
    for name in Functions::NAMES {
        for path in ["/", "/login", "/signup", "/logout", "/profile", "/nothing"] {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
                let event = Event::new(method, path).header("accept", "application/json");
                let unknown = Event::new(method, "/unknown").header("accept", "application/json");
                let expected = latchkey.send_to(name, unknown.json()).await;
                for secret in [None, Some(""), Some("old "), Some("wrong"), Some(&*hash("new"))] {
                    let event = match secret {
                        Some(secret) => event.clone().header("x-origin-secret", secret),
                        None => event.clone(),
                    };
                    let response = latchkey.send_to(name, event.json()).await;
                    assert_eq!(
                        (response.status, &response),
                        (404, &expected),
                        "{name} {method} {path} {secret:?}"
                    );
                }
            }
        }
    }
    assert!(latchkey.database.take_calls().is_empty());
}

#[tokio::test]
async fn both_secrets_are_accepted_while_they_change() {
    let latchkey = behind_a_cdn().await;
    for (secret, status) in [("old", 200), ("new", 200), ("other", 404)] {
        let event = Event::new("GET", "/login").header("x-origin-secret", secret);
        assert_eq!(latchkey.send_to("login", event.json()).await.status, status, "{secret}");
    }
}

/// The statuses of three wrong passwords whose requests name this viewer.
async fn guesses(latchkey: &Latchkey, viewer: &str, identifier: &str) -> Vec<i64> {
    let mut statuses = Vec::new();
    for number in 0..3 {
        let fields = wrong(&format!("{identifier}{number}"));
        let event = Client::program()
            .at("203.0.113.7")
            .event("POST", "/login")
            .body("application/json", &json!(fields).to_string())
            .header("x-origin-secret", "new")
            .header("cloudfront-viewer-address", viewer);
        statuses.push(latchkey.send_to("login", event.json()).await.status);
    }
    statuses
}

#[tokio::test]
async fn the_viewer_address_counts_only_with_the_secret() {
    let latchkey = behind_a_cdn().await;
    for viewer in ["198.51.100.1:50000", "198.51.100.2:50001", "2001:db8:1:2::7:443", "[2001:db8:1:3::7]:443"]
    {
        assert_eq!(guesses(&latchkey, viewer, "a").await, [401, 401, 429], "{viewer}");
    }
    assert_eq!(
        guesses(&latchkey, "198.51.100.1:60000", "b").await,
        [429; 3],
        "another port is the same client"
    );
    let open = Latchkey::start_with(&[("LOGIN_PER_MINUTE", "2")]).await;
    assert_eq!(guesses(&open, "198.51.100.1:50000", "a").await, [401, 401, 429]);
    assert_eq!(guesses(&open, "198.51.100.2:50000", "b").await, [429; 3], "the header changes nothing");
}
