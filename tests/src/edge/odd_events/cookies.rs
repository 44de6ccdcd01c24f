//! Odd cookies, next to the session cookie or instead of it.

use crate::edge::odd_events::get;
use crate::harness::client::credentials;
use crate::harness::{Client, Event, Latchkey};

/// Cookies that another host of the domain may set.
const OTHERS: [&str; 17] = [
    "",
    "=",
    ";",
    "a",
    "a=\"b",
    "a=b; c=\u{1}",
    "é=ü",
    "a=\u{0}",
    "session=x",
    "__host-session=x",
    "__Host-session2=x",
    "__Host-session =x",
    "X__Host-session=x",
    "latchkey-9000-session=x",
    "a=\u{fffd}\u{202e}",
    "a==;;==b",
    "\u{a0}__Host-session=x",
];

#[tokio::test]
async fn two_session_cookies_are_no_session_and_login_still_works() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let cookie = format!("__Host-session={}", client.token());
    for cookies in [
        vec![cookie.clone(), cookie.clone()],
        vec!["__Host-session=planted".to_owned(), cookie.clone()],
        vec![cookie.clone(), "__Host-session=".to_owned()],
        vec![format!("{cookie}; __Host-session=x")],
    ] {
        let response = latchkey.send(&get("/profile").cookies(cookies.clone())).await;
        assert_eq!((response.status, response.cookies.len()), (401, 0), "{cookies:?}");
        let body = credentials("ada1").to_string();
        let event = Event::new("POST", "/login").cookies(cookies).body("application/json", &body);
        assert_eq!(latchkey.send(&event).await.status, 200);
    }
    assert!(client.is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn other_cookies_of_the_domain_change_nothing() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let session = format!("__Host-session={}", client.token());
    for other in OTHERS {
        for cookies in [
            vec![other.to_owned(), session.clone()],
            vec![session.clone(), other.to_owned()],
            vec![format!("{other}; {session}")],
        ] {
            assert_eq!(latchkey.send(&get("/profile").cookies(cookies)).await.status, 200, "{other:?}");
        }
        let header = get("/profile").header("cookie", &format!("{other}; {session}"));
        assert_eq!(latchkey.send(&header).await.status, 200, "{other:?} in a header");
    }
}
