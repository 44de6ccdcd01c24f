//! Every state of every page, and the requests that lead to it.

pub mod account;
pub mod changes;
pub mod deletion;
pub mod deployments;
mod visitor;

use serde_json::json;

use crate::edge::guard::assert_safe_headers;
use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::mail::link;
use crate::harness::{Client, Fault, Latchkey, Post, Response};

const FORM: &str = "application/x-www-form-urlencoded";
/// A wrong password. No page may show it again.
pub const WRONG: &str = "a wrong password";
/// An invalid text for each field, which is not too long.
pub const INVALID: [(&str, &str); 4] =
    [("email", "ada"), ("name", "a\u{1}b"), ("username", "-ada"), ("password", "seven77")];

/// Every page in every state, with the name of the state.
pub async fn every_state(variables: &[(&str, &str)]) -> Vec<(String, Response)> {
    let limits = [("SIGNUP_PER_HOUR", "100"), ("LOGIN_PER_MINUTE", "100"), ("LOGIN_FREE_FAILURES", "4")];
    let latchkey = Latchkey::start_with(&[&limits[..], variables].concat()).await;
    let mut pages = Vec::new();
    sign_up_forms(&latchkey, &mut pages).await;
    login_forms(&latchkey, &mut pages).await;
    failures(&latchkey, &mut pages).await;
    refusals(&latchkey, &mut pages).await;
    verification(&latchkey, &mut pages).await;
    account::look(&latchkey, &mut pages).await;
    deletion::look(&latchkey, &mut pages).await;
    changes::look(&latchkey, &mut pages).await;
    deployments::look(variables, &mut pages).await;
    let mut browser = Client::browser();
    let fields = longest().into_iter().collect();
    assert_eq!(browser.post(&latchkey, "/signup", &fields).await.status, 303);
    pages.push(("home signed in".to_owned(), browser.get(&latchkey, "/").await));
    pages.push(("profile".to_owned(), browser.get(&latchkey, "/profile").await));
    for (name, page) in &pages {
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{name}: {page:?}");
        assert_safe_headers(page, name);
    }
    pages
}

/// A sign-up with the longest text in each field.
pub fn longest() -> [(&'static str, String); 4] {
    let domain = ["d".repeat(60), "d".repeat(60), "d".repeat(59)].join(".");
    let email = format!("{}@{domain}.example", "e".repeat(64));
    [
        ("email", email),
        ("name", "n".repeat(100)),
        ("username", "a.long-and_unusual.username.31c".to_owned()),
        ("password", "p".repeat(255)),
    ]
}

/// The home page, the empty forms, and the sign-up form with every error.
async fn sign_up_forms(latchkey: &Latchkey, pages: &mut Vec<(String, Response)>) {
    let mut browser = Client::browser();
    for (name, path) in [("home", "/"), ("sign-up", "/signup"), ("login", "/login")] {
        pages.push((name.to_owned(), browser.get(latchkey, path).await));
    }
    Client::signed_up(latchkey, "taken").await;
    let long = json!({
        "email": "e".repeat(300),
        "name": "n".repeat(200),
        "username": "u".repeat(40),
        "password": "p".repeat(300),
    });
    let common = json!({ "email": "ada@example.com", "username": "root", "password": "password" });
    let taken =
        |username: &str, email: &str| json!({ "username": username, "email": email, "password": PASSWORD });
    for (name, status, fields) in [
        ("sign-up, nothing", 422, json!({})),
        ("sign-up, invalid", 422, INVALID.iter().map(|(name, text)| (*name, *text)).collect()),
        ("sign-up, short", 422, json!({ "email": "a@b.cd", "username": "ada", "password": "seven77" })),
        ("sign-up, long", 422, long),
        ("sign-up, common", 422, common),
        ("sign-up, username taken", 409, taken("TAKEN", "ada@example.com")),
        ("sign-up, email taken", 409, taken("ada1", "taken@example.com")),
        ("sign-up, both taken", 409, taken("taken", "taken@example.com")),
    ] {
        let page = browser.post(latchkey, "/signup", &fields).await;
        assert_eq!(page.status, status, "{name}: {page:?}");
        pages.push((name.to_owned(), page));
    }
}

/// The login form, with every error.
async fn login_forms(latchkey: &Latchkey, pages: &mut Vec<(String, Response)>) {
    let mut browser = Client::browser();
    let wrong = json!({ "identifier": "taken", "password": WRONG });
    for (name, status, fields) in [
        ("login, nothing", 422, json!({})),
        ("login, long", 422, json!({ "identifier": "i".repeat(300), "password": "p".repeat(300) })),
        ("login, wrong password", 401, wrong.clone()),
    ] {
        let page = browser.post(latchkey, "/login", &fields).await;
        assert_eq!(page.status, status, "{name}: {page:?}");
        pages.push((name.to_owned(), page));
    }
    // A form may have further fields, but JSON may not.
    let unknown = json!({ "identifier": "ada", "password": WRONG, "role": "admin" });
    let unknown = browser.event("POST", "/login").body("application/json", &unknown.to_string());
    pages.push(("login, unknown field".to_owned(), browser.send(latchkey, &unknown).await));
    while browser.post(latchkey, "/login", &wrong).await.status != 429 {}
    pages.push(("login, too many attempts".to_owned(), browser.post(latchkey, "/login", &wrong).await));
}

/// The page behind the link of a mail, in every state, and a page with a notice.
async fn verification(latchkey: &Latchkey, pages: &mut Vec<(String, Response)>) {
    let mut post = Post::start(&latchkey.database, &[]).await;
    let mut owner = Client::signed_up(latchkey, "verified").await.in_a_browser();
    let link = link(&post.deliver(latchkey).await[0]);
    let (path, query) = link.split_once('?').expect("a query");
    let open = |client: &Client, query: &str| client.event("GET", path).with("/rawQueryString", json!(query));
    let (mut stranger, mut other) =
        (Client::browser(), Client::signed_up(latchkey, "another").await.in_a_browser());
    pages.push(("/verify".to_owned(), owner.send(latchkey, &open(&owner, query)).await));
    pages.push(("/verify, no session".to_owned(), stranger.send(latchkey, &open(&stranger, query)).await));
    pages.push(("/verify, another user".to_owned(), other.send(latchkey, &open(&other, query)).await));
    pages.push(("/verify, dead".to_owned(), other.send(latchkey, &open(&other, "token=x")).await));
    let token = query.strip_prefix("token=").expect("a token");
    assert_eq!(owner.post(latchkey, path, &json!({ "token": token })).await.status, 303);
    pages.push(("profile with a notice".to_owned(), owner.get(latchkey, "/profile").await));
    pages.push(("/verify, confirmed".to_owned(), owner.send(latchkey, &open(&owner, query)).await));
}

/// The failures that the user has not caused.
async fn failures(latchkey: &Latchkey, pages: &mut Vec<(String, Response)>) {
    let mut browser = Client::signed_up(latchkey, "failing").await.in_a_browser();
    for (name, status, code) in
        [("unavailable", 503, "ThrottlingException"), ("a fault", 500, "AccessDeniedException")]
    {
        for (path, operation, fields) in [
            ("/signup", "TransactWriteItems", Some(account("ada1"))),
            ("/login", "GetItem credentials", Some(credentials("ada1"))),
            ("/logout", "DeleteItem sessions", Some(json!({}))),
            ("/profile", "BatchGetItem", None),
        ] {
            latchkey.database.fail_always(operation, Fault::error(400, code));
            let page = match &fields {
                Some(fields) => browser.post(latchkey, path, fields).await,
                None => browser.get(latchkey, path).await,
            };
            latchkey.database.clear_faults();
            assert_eq!(page.status, status, "{name}: {page:?}");
            assert!(page.body.contains("Request id: request-id"), "{name}: {}", page.body);
            pages.push((format!("{name} at {path}"), page));
        }
    }
}

/// The requests that are refused unread.
async fn refusals(latchkey: &Latchkey, pages: &mut Vec<(String, Response)>) {
    let mut browser = Client::browser();
    let post = browser.event("POST", "/signup");
    for (name, status, event) in [
        ("not found", 404, browser.event("GET", "/nothing")),
        ("method", 405, browser.event("GET", "/logout")),
        (
            "another site",
            403,
            post.clone().header("sec-fetch-site", "cross-site").body(FORM, "username=ada1"),
        ),
        ("unknown origin", 403, post.clone().without("/headers/sec-fetch-site").body(FORM, "username=ada1")),
        ("type", 415, post.clone().body("multipart/form-data", "x")),
        ("too large", 413, post.clone().body(FORM, &"x".repeat(9_000))),
        ("malformed", 400, post.body(FORM, "username=ada1&username=ada2")),
    ] {
        let page = browser.send(latchkey, &event).await;
        assert_eq!(page.status, status, "{name}: {page:?}");
        pages.push((name.to_owned(), page));
    }
}
