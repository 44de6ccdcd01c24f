//! The content of the pages in every state. The tests in `browser` look at the same states in a browser.

mod forms;

use std::collections::BTreeMap;

use crate::edge::guard::assert_safe_headers;
use crate::harness::{Client, Latchkey, Response};
use crate::pages::states::every_state;

/// The largest size of a page in bytes.
pub const MAX_SIZE: usize = 14 * 1024;

/// Pages, and messages that each contains.
const MESSAGES: [(&str, &[&str]); 31] = [
    ("sign-up, nothing", &["Enter your email address", "Choose a username", "Choose a password"]),
    (
        "sign-up, invalid",
        &[
            "like ada@example.com",
            "Remove the control characters",
            "Choose a username of letters",
            "at least 8 characters",
        ],
    ),
    ("sign-up, short", &["Choose a username of at least 4 characters"]),
    ("sign-up, long", &["at most 254", "at most 100", "at most 31", "at most 255"]),
    ("sign-up, common", &["This username is reserved", "Choose another password"]),
    (
        "sign-up, username taken",
        &["This username is taken", "your account is there: <a href=\"/login\">log in</a>"],
    ),
    ("sign-up, email taken", &["There is an account with this email address already"]),
    ("login, nothing", &["Enter your username or email", "Enter your password"]),
    ("login, unknown field", &["role: Remove this field"]),
    ("login, wrong password", &["Incorrect username or password"]),
    ("login, too many attempts", &["Try again in a moment"]),
    ("login", &["<a href=\"/forgot\">Forgot your password?</a>"]),
    ("login with a notice", &["If there is an account with that name or address"]),
    ("login after a reset", &["Your password is changed. Log in with the new one."]),
    ("forgot, nothing", &["Enter your username or email"]),
    ("forgot, long", &["at most 254"]),
    ("forgot, too many attempts", &["Try again in 20 minutes"]),
    ("reset, nothing", &["Choose a password", "value=\"someone@example.com\""]),
    ("reset, short", &["Choose a password of at least 8 characters"]),
    ("reset, own name", &["this one is your username"]),
    ("reset, used", &["It was used, or it is too old", "href=\"/forgot\""]),
    ("confirm, nothing", &["Enter your password", "value=\"someone\""]),
    ("confirm, wrong password", &["Incorrect password"]),
    ("password, wrong password", &["Incorrect password", "value=\"someone\""]),
    ("password, unchanged", &["Choose another password than the current one"]),
    ("sessions, three", &["A program", "Log out there", "Log out everywhere else"]),
    ("unavailable at /signup", &["Try again in 5 seconds"]),
    ("a fault at /login", &["This is our fault"]),
    ("another site", &["This was sent by another site", "no other site can act in your name"]),
    ("unknown origin", &["We could not tell where this came from", "the Referer"]),
    ("too large", &["Go back, shorten"]),
];

/// The values of an attribute, on any element.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn every_page_loads_nothing_and_is_small_even_when_full() {
    let logo = format!("data:image/png;base64,{}", "A".repeat(2_024));
    let name = "漢".repeat(50);
    for variables in [vec![], vec![("LOGO", &*logo), ("APPLICATION_NAME", &*name)]] {
        let pages = every_state(&variables).await;
        let (largest, page) = pages.iter().max_by_key(|(_, page)| page.body.len()).expect("pages");
        println!("{} pages. The largest has {} bytes: {largest}", pages.len(), page.body.len());
        for (name, Response { body, .. }) in &pages {
            assert!(body.len() <= MAX_SIZE, "{name} has {} bytes", body.len());
            let icons = body.split("<link ").skip(1).filter_map(|link| values(link, "href").first().copied());
            let loaded: Vec<&str> = icons.chain(values(body, "src")).collect();
            let is_inline = |url: &&str| url.starts_with("data:image/");
            assert!(!loaded.is_empty() && loaded.iter().all(is_inline), "{name}: {loaded:?}");
            let is_same_origin = |action: &&str| action.starts_with('/') && !action.starts_with("//");
            assert!(values(body, "action").iter().all(is_same_origin), "{name}");
            assert!(!["<script", "@import", "url("].iter().any(|text| body.contains(text)), "{name}");
            let handlers = body
                .split(" on")
                .skip(1)
                .filter(|rest| rest.trim_start_matches(char::is_alphabetic).starts_with('='));
            assert!(values(body, "style").is_empty() && handlers.count() == 0, "{name}: {body}");
        }
    }
}

#[tokio::test]
async fn every_message_is_a_sentence_of_its_own_page() {
    let pages: BTreeMap<String, Response> = every_state(&[]).await.into_iter().collect();
    for (page, messages) in MESSAGES {
        for message in messages {
            assert!(pages[page].body.contains(message), "{page}: {message}: {}", pages[page].body);
        }
    }
}

#[tokio::test]
async fn the_branding_cannot_inject_markup_or_styles() {
    let name = "\"><script>alert(1)</script>&'";
    let latchkey = Latchkey::start_with(&[
        ("APPLICATION_NAME", name),
        ("ACCENT_COLOR", "#FFEE00"),
        ("LOGO", "data:image/svg+xml;base64,PHN2Zy8+"),
    ])
    .await;
    for path in ["/", "/signup", "/login", "/nothing"] {
        let page = Client::browser().get(&latchkey, path).await;
        let body = &page.body;
        assert!(!body.contains("<script>") && body.contains("&#62;&#60;script&#62;alert(1)"), "{body}");
        assert!(body.contains("--accent:#ffee00;--on-accent:#000000"), "{body}");
        assert_eq!(body.matches("data:image/svg+xml;base64,PHN2Zy8+").count(), 2, "the logo and the icon");
        assert_safe_headers(&page, path);
    }
}
