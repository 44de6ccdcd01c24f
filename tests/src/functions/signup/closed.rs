//! A site whose sign-up is closed.

use serde_json::json;

use crate::harness::client::{account, credentials, form};
use crate::harness::{Client, Event, Latchkey};

const CLOSED: [(&str, &str); 1] = [("SIGNUP_MODE", "closed")];

/// A site whose sign-up is closed, after a user has signed up, and that user.
async fn closed() -> (Latchkey, Client) {
    let open = Latchkey::start().await;
    let client = Client::signed_up(&open, "ada1").await;
    let mut closed = Latchkey::before(&open.database, &CLOSED);
    closed.hash_cheaply();
    closed.database.take_calls();
    (closed, client)
}

#[tokio::test]
async fn a_closed_sign_up_is_an_unknown_path_to_every_request() {
    const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"];
    let (latchkey, client) = closed().await;
    let before = latchkey.database.everything();
    let new = account("eve1");
    let bodies = [
        None,
        Some(("application/json", new.to_string())),
        Some(("application/x-www-form-urlencoded", form(&new))),
        Some(("application/json", "{".to_owned())),
        Some(("text/plain", "x".repeat(9_000))),
    ];
    let mut compared = 0;
    for method in METHODS {
        for accept in ["*/*", "application/json", "text/html"] {
            for fetch_site in ["same-origin", "cross-site"] {
                for body in &bodies {
                    for client in [&client, &Client::program()] {
                        let event = |path| {
                            let event = client.event(method, path).header("accept", accept);
                            let event = event.header("sec-fetch-site", fetch_site);
                            body.iter().fold(event, |event, (kind, body)| event.body(kind, body))
                        };
                        let closed = latchkey.send_to("signup", event("/signup").json()).await;
                        let unknown = latchkey.send_to("profile", event("/nothing").json()).await;
                        assert_eq!(closed, unknown, "{method} {accept} {fetch_site} {body:?}");
                        assert_eq!(closed.status, 404);
                        compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(compared, 9 * 3 * 2 * 5 * 2);
    assert_eq!(latchkey.database.take_operations(), Vec::<String>::new());
    assert_eq!(latchkey.database.everything(), before);
}

#[tokio::test]
async fn no_page_of_a_closed_site_links_to_the_sign_up() {
    let (closed, signed_in) = closed().await;
    let open = Latchkey::before(&closed.database, &[]);
    for (latchkey, has_link) in [(&closed, false), (&open, true)] {
        let mut seen = Vec::new();
        for path in ["/", "/login"] {
            seen.push(Client::browser().get(latchkey, path).await);
        }
        let wrong = json!({ "identifier": "ada1", "password": "a wrong password" });
        seen.push(Client::browser().post(latchkey, "/login", &wrong).await);
        for page in seen {
            assert!(page.body.contains("</html>"));
            assert_eq!(page.body.contains("/signup"), has_link, "{page:?}");
        }
        let mut browser = signed_in.clone().in_a_browser();
        for path in ["/", "/profile", "/nothing"] {
            let page = browser.get(latchkey, path).await;
            assert!(page.body.contains("</html>") && !page.body.contains("/signup"), "{page:?}");
        }
    }
}

#[tokio::test]
async fn existing_users_of_a_closed_site_log_in() {
    let (latchkey, _) = closed().await;
    let mut client = Client::program();
    assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    assert!(client.is_signed_in(&latchkey).await);
    let event = Event::new("POST", "/signup").body("application/json", &account("eve1").to_string());
    assert_eq!(latchkey.send(&event).await.code(), "not_found");
    assert_eq!(latchkey.database.counts().0, 1);
}
