//! Clients that say little about themselves: browsers without `Origin`, and programs without a type.

use crate::edge::guard::origin::public_origin;
use crate::edge::guard::paths;
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::event::DOMAIN;
use crate::harness::{Client, Event, Latchkey, NO_ADDRESS_LIMITS};

#[test]
fn every_page_with_a_form_or_a_user_is_known_as_a_page() {
    let get = |(path, methods): (String, Vec<String>)| methods.contains(&"GET".to_owned()).then_some(path);
    // The home page has neither, the data is a download, and the well-known path leads to a page.
    let is_page = |path: &String| {
        !["/", "/profile/data"].contains(&path.as_str()) && !path.starts_with("/.well-known/")
    };
    let pages: Vec<String> = paths().into_iter().filter_map(get).filter(is_page).collect();
    assert_eq!(pages, latchkey::http::format::PAGES);
}

#[tokio::test]
async fn a_browser_that_sends_only_a_referer_signs_up_logs_in_and_logs_out() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::program();
    let form = |client: &Client, path: &str, from: &str, body: &str| {
        let event = client.event("POST", path).body("application/x-www-form-urlencoded", body);
        event.header("referer", &format!("https://{DOMAIN}{from}"))
    };
    let sign_up = format!("username=ada1&email=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let login = format!("identifier=ada1&password={}&shown_at=", PASSWORD.replace(' ', "+"));
    for (path, from, body) in [
        ("/signup", "/signup", sign_up.as_str()),
        ("/logout", "/profile", ""),
        ("/login", "/login", login.trim_end_matches("&shown_at=")),
    ] {
        let response = client.send(&latchkey, &form(&client, path, from, body)).await;
        // It says `Accept: */*` as a program does, and a person reads the response.
        assert_eq!(response.status, 303, "{path}: {response:?}");
    }
    let profile = client.event("GET", "/profile").header("referer", &format!("https://{DOMAIN}/login"));
    let page = client.send(&latchkey, &profile).await;
    assert!(page.status == 200 && page.body.contains("<h1>Your profile</h1>"), "{page:?}");
}

#[tokio::test]
async fn a_client_without_a_preference_gets_a_page_only_if_a_person_sent_the_request() {
    let latchkey = Latchkey::start_with(&NO_ADDRESS_LIMITS).await;
    let own = public_origin();
    let page = format!("{own}/login");
    let form = |event: Event| event.body("application/x-www-form-urlencoded", "identifier=ada1&password=x");
    let (post, get) = (form(Event::new("POST", "/login")), Event::new("GET", "/profile"));
    let json = Event::new("POST", "/login").body("application/json", "{}");
    for (event, headers, is_page) in [
        (&post, vec![("origin", &*own)], false),
        (&post, vec![("origin", &*own), ("accept", "*/*")], false),
        (&post, vec![("origin", &*own), ("referer", &*page)], true),
        (&post, vec![("referer", &*page), ("accept", "*/*")], true),
        (&post, vec![("referer", &*page), ("accept", "application/json")], false),
        (&post, vec![("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate")], true),
        (
            &post,
            vec![("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("referer", &*page)],
            false,
        ),
        (&json, vec![("referer", &*page)], false),
        (&get, vec![], false),
        (&get, vec![("sec-fetch-mode", "navigate")], true),
        (&get, vec![("sec-fetch-mode", "cors"), ("referer", &*page)], false),
        (&get, vec![("referer", &*page)], true),
        (&get, vec![("referer", "https://app.example.com/orders")], false),
    ] {
        let sent = headers.iter().fold(event.clone(), |event, (name, value)| event.header(name, value));
        let response = latchkey.send(&sent).await;
        let is_json = response.header("content-type") == Some("application/problem+json");
        assert!(response.status != 403 && is_json != is_page, "{headers:?}: {response:?}");
    }
}

#[tokio::test]
async fn a_program_logs_out_without_a_body_and_no_other_route_accepts_that() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let kept = client.clone();
    let bodiless = |path: &str| kept.event("POST", path).without("/headers/accept");
    let before = latchkey.database.everything();
    let post = bodiless("/logout");
    for refused in [
        // Each of these is what a browser sends for a page of another site.
        post.clone().header("content-type", "application/x-www-form-urlencoded"),
        post.clone().header("content-type", "text/plain").header("accept", "*/*"),
        post.clone().header("content-type", "multipart/form-data; boundary=x").header("accept", "text/html"),
        post.clone().with("/body", serde_json::json!("x")),
        post.clone().header("origin", "null"),
        post.clone().header("origin", "https://evil.example"),
        post.clone().header("referer", "https://evil.example/"),
        post.clone().header("sec-fetch-site", "cross-site"),
        post.clone().header("sec-fetch-site", "same-site"),
        bodiless("/login"),
        bodiless("/signup"),
    ] {
        let response = latchkey.send(&refused).await;
        assert_eq!((response.status, response.cookies.len()), (403, 0), "{refused:?}: {response:?}");
    }
    assert_eq!(latchkey.database.everything(), before);
    let form = "application/x-www-form-urlencoded";
    for accepted in [
        post.clone(),
        post.clone().header("content-type", "").with("/body", serde_json::json!("")),
        post.clone().header("content-type", "application/octet-stream").header("accept", "*/*"),
        // axios names this type without a body, and prefers JSON, which no form of a browser does.
        post.clone().header("content-type", form).header("accept", "application/json, text/plain, */*"),
    ] {
        assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
        let session = client.clone();
        let accepted = accepted.cookies(client.cookie_pairs());
        assert_eq!(client.send(&latchkey, &accepted).await.status, 204, "{accepted:?}");
        assert!(!session.is_signed_in(&latchkey).await);
    }
    let twice = latchkey.send(&post).await;
    assert_eq!((twice.status, twice.code().as_str()), (401, "unauthenticated"));
    // What an old browser sends for another site has no cookies, and the response changes none.
    let page = post.clone().without("/cookies").header("accept", "text/html");
    for stranger in [post.without("/cookies"), page] {
        assert_eq!(latchkey.send(&stranger).await.cookies, Vec::<String>::new());
    }
}
