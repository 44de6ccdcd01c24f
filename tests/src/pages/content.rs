//! The content of the pages in every state. The tests in `browser` look at the same states in a browser.

mod fields;
mod forms;
mod messages;

use std::collections::BTreeMap;

use crate::edge::guard::assert_safe_headers;
use crate::harness::{Client, Latchkey, Response};
use crate::pages::content::messages::MESSAGES;
use crate::pages::states::every_state;

/// The largest size of a page in bytes.
pub const MAX_SIZE: usize = 14 * 1024;

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
        for message in *messages {
            assert!(pages[*page].body.contains(message), "{page}: {message}: {}", pages[*page].body);
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
