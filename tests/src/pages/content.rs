//! The pages, in every state in which a person can meet one. What only a browser can tell is in `browser`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::edge::guard::assert_safe_headers;
use crate::harness::client::{PASSWORD, account};
use crate::harness::{Client, Fault, Latchkey, Response};
use crate::pages::states::{WRONG, every_state};

/// The most bytes of a page.
pub const WEIGHT: usize = 14 * 1024;

/// The values of an attribute, wherever it stands.
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
        let (heaviest, page) = pages.iter().max_by_key(|(_, page)| page.body.len()).expect("pages");
        println!("{} pages; the heaviest has {} bytes: {heaviest}", pages.len(), page.body.len());
        for (name, Response { body, .. }) in &pages {
            assert!(body.len() <= WEIGHT, "{name} has {} bytes", body.len());
            let icons = body.split("<link ").skip(1).filter_map(|link| values(link, "href").first().copied());
            let loaded: Vec<&str> = icons.chain(values(body, "src")).collect();
            assert!(
                !loaded.is_empty() && loaded.iter().all(|url| url.starts_with("data:image/")),
                "{name}: {loaded:?}"
            );
            let is_ours = |action: &&str| action.starts_with('/') && !action.starts_with("//");
            assert!(values(body, "action").iter().all(is_ours), "{name}");
            assert!(
                !body.contains("<script") && !body.contains("@import") && !body.contains("url("),
                "{name}"
            );
            let handlers = body
                .split(" on")
                .skip(1)
                .filter(|rest| rest.trim_start_matches(char::is_alphabetic).starts_with('='));
            assert!(values(body, "style").is_empty() && handlers.count() == 0, "{name}: {body}");
        }
    }
}

#[tokio::test]
async fn a_form_keeps_all_but_the_password_and_marks_each_wrong_field() {
    for (name, Response { status, body, .. }) in every_state(&[]).await {
        let (_, title) = body.split_once("<title>").expect("a title");
        let is_error = status >= 400;
        assert_eq!(title.starts_with("Error: "), is_error, "{name}: {title:.80}");
        for password in [PASSWORD, WRONG, "seven77", "\"password\"", &"p".repeat(300)] {
            let shown = body.split("id=\"password\"").nth(1).unwrap_or_default();
            assert!(
                !shown.contains(" value=") && !body.contains(&format!("value=\"{password}\"")),
                "{name}: {body}"
            );
        }

        let ids = values(&body, "id");
        assert_eq!(
            ids.len(),
            ids.iter().collect::<BTreeSet<_>>().len(),
            "{name}: an id stands twice: {ids:?}"
        );
        let described = values(&body, "aria-describedby").into_iter().flat_map(|list| list.split(' '));
        for id in described.chain(values(&body, "for")) {
            assert!(ids.contains(&id), "{name}: nothing has the id {id:?}");
        }
        let fragments = values(&body, "href").into_iter().filter_map(|link| link.strip_prefix('#'));
        let linked: Vec<&str> = fragments.collect();
        let wrong: Vec<&str> = body
            .split("<input ")
            .skip(1)
            .filter(|input| {
                input.split('>').next().is_some_and(|input| input.contains(" aria-invalid=\"true\""))
            })
            .filter_map(|input| input.strip_prefix("id=\"")?.split('"').next())
            .collect();
        if status == 401 {
            assert_eq!(
                (linked, wrong.clone()),
                (vec!["identifier"], vec!["identifier", "password"]),
                "{name}"
            );
        } else {
            assert_eq!(linked, wrong, "{name}: the summary links to what is wrong, in its order");
        }
        let is_form = body.contains("novalidate");
        assert_eq!(body.matches(" autofocus").count(), usize::from(is_form && is_error), "{name}");
        if let Some(first) = wrong.first() {
            let (before, _) = body.split_once(" autofocus").expect("a focus");
            assert!(
                before.rsplit("<input ").next().expect("an input").starts_with(&format!("id=\"{first}\"")),
                "{name}"
            );
        }
        assert!(
            !body.contains("Correct this field") && !body.contains("That did not work"),
            "{name}: no text: {body}"
        );
    }
}

#[tokio::test]
async fn every_message_is_a_sentence_of_its_own_page() {
    let pages: BTreeMap<String, Response> = every_state(&[]).await.into_iter().collect();
    for (page, messages) in [
        ("sign-up, nothing", vec!["Enter your email address", "Choose a username", "Choose a password"]),
        (
            "sign-up, invalid",
            vec![
                "like ada@example.com",
                "Remove the control characters",
                "Choose a username of letters",
                "at least 8 characters",
            ],
        ),
        ("sign-up, short", vec!["Choose a username of at least 4 characters"]),
        ("sign-up, long", vec!["at most 254", "at most 100", "at most 31", "at most 255"]),
        ("sign-up, common", vec!["This username is reserved", "Choose another password"]),
        (
            "sign-up, username taken",
            vec!["This username is taken", "your account is there: <a href=\"/login\">log in</a>"],
        ),
        ("sign-up, email taken", vec!["There is an account with this email address already"]),
        ("log-in, nothing", vec!["Enter your username or email", "Enter your password"]),
        ("log-in, wrong password", vec!["Incorrect username or password"]),
        ("log-in, too many attempts", vec!["Try again in a moment"]),
        ("unavailable at /signup", vec!["Try again in 5 seconds"]),
        ("a fault at /login", vec!["This is our fault"]),
        ("another site", vec!["This was sent by another site", "no other site can act in your name"]),
        ("too large", vec!["Go back, shorten"]),
    ] {
        for message in messages {
            assert!(pages[page].body.contains(message), "{page}: {message}: {}", pages[page].body);
        }
    }
}

#[tokio::test]
async fn the_form_states_the_rules_that_the_server_applies() {
    let latchkey = Latchkey::start_with(&[("PASSWORD_MIN_LENGTH", "15")]).await;
    let page = Client::browser().get(&latchkey, "/signup").await.body;
    let input = |id: &str| -> String {
        let (_, input) = page.split_once(&format!("<input id=\"{id}\"")).expect("an input");
        input.split('>').next().expect("its end").replace('\n', "")
    };
    for (id, attributes) in [
        (
            "email",
            vec![
                "type=\"email\"",
                "autocomplete=\"email\"",
                "inputmode=\"email\"",
                "maxlength=\"254\"",
                "required",
            ],
        ),
        ("name", vec!["autocomplete=\"name\"", "maxlength=\"200\""]),
        (
            "username",
            vec![
                "autocomplete=\"username\"",
                "autocapitalize=\"none\"",
                "minlength=\"4\"",
                "maxlength=\"31\"",
                "required",
            ],
        ),
        (
            "password",
            vec![
                "type=\"password\"",
                "autocomplete=\"new-password\"",
                "minlength=\"15\"",
                "passwordrules=\"minlength: 15; maxlength: 255;\"",
                "required",
            ],
        ),
    ] {
        for attribute in attributes {
            assert!(input(id).contains(&format!(" {attribute}")), "{attribute}: {}", input(id));
        }
    }
    assert!(page.contains("At least 15 characters") && !input("name").contains("required"));
    let login = Client::browser().get(&latchkey, "/login").await.body;
    assert!(
        login.contains("autocomplete=\"username\"") && login.contains("autocomplete=\"current-password\"")
    );
    assert!(!login.contains("minlength"), "the rules may have been others when the password was set");
}

#[tokio::test]
async fn input_survives_failures_that_it_did_not_cause() {
    let pages = every_state(&[]).await;
    let of = |name: &str| &pages.iter().find(|(known, _)| known == name).expect("a page").1.body;
    for name in ["unavailable at /signup", "a fault at /signup"] {
        assert!(
            of(name).contains("value=\"ada1\"") && of(name).contains("value=\"ada1@example.com\""),
            "{name}"
        );
    }
    for name in ["unavailable at /login", "a fault at /login"] {
        assert!(of(name).contains("value=\"ada1\""), "{name}");
    }
    assert!(of("log-in, too many attempts").contains("value=\"taken\""));
    assert!(!of("another site").contains("value=\"ada1\""), "what another site sent is not repeated");
    let latchkey = Latchkey::start().await;
    for name in ["identifier", "username", "email"] {
        let page =
            Client::browser().post(&latchkey, "/login", &json!({ name: "ada1", "password": WRONG })).await;
        assert!(page.status == 401 && page.body.contains("value=\"ada1\""), "by the name {name}: {page:?}");
    }
}

#[tokio::test]
async fn the_same_form_sent_twice_ends_signed_in() {
    let latchkey = Latchkey::start().await;
    let mut browser = Client::browser();
    assert_eq!(browser.post(&latchkey, "/signup", &account("ada1")).await.status, 303);
    let before = latchkey.database.everything();
    let again = browser.post(&latchkey, "/signup", &account("ADA1")).await;
    assert_eq!((again.status, again.header("location"), again.cookies.len()), (303, Some("/profile"), 0));
    let other_name =
        json!({ "username": "ada1", "email": "ada1@example.com", "password": PASSWORD, "name": "Ada" });
    assert_eq!(browser.post(&latchkey, "/signup", &other_name).await.status, 409, "not the same form");
    latchkey.pass(31);
    let later = browser.post(&latchkey, "/signup", &account("ada1")).await;
    assert_eq!(
        later.status, 409,
        "it may be another password by now, and nobody may think that it was taken"
    );
    // Somebody else's account, or only half the same, is taken.
    Client::signed_up(&latchkey, "grace").await;
    let before = [before, latchkey.database.everything()];
    let half = json!({ "username": "ada1", "email": "grace@example.com", "password": PASSWORD });
    for fields in [account("grace"), half] {
        assert_eq!(browser.post(&latchkey, "/signup", &fields).await.status, 409, "{fields}");
    }
    let stranger = Client::browser().post(&latchkey, "/signup", &account("ada1")).await;
    assert_eq!(stranger.status, 409, "whoever is not signed in is told that it is taken");
    let mut program = Client::program();
    program.cookies = browser.cookies;
    assert_eq!(program.post(&latchkey, "/signup", &account("ada1")).await.status, 409);
    assert_eq!(latchkey.database.everything(), before[1]);
    assert_ne!(before[0], before[1]);
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
        assert!(
            !page.body.contains("<script>") && page.body.contains("&#62;&#60;script&#62;alert(1)"),
            "{}",
            page.body
        );
        assert!(page.body.contains("--accent:#ffee00;--on-accent:#000000"), "{}", page.body);
        assert_eq!(
            page.body.matches("data:image/svg+xml;base64,PHN2Zy8+").count(),
            2,
            "the logo and the icon"
        );
        assert_safe_headers(&page, path);
    }
}

#[tokio::test]
async fn a_form_from_before_a_logout_does_not_log_in() {
    let latchkey = Latchkey::start().await;
    let mut browser = Client::signed_up(&latchkey, "ada1").await.in_a_browser();
    browser.post(&latchkey, "/logout", &json!({})).await;
    latchkey.pass(1);
    let shown_at = |page: &Response| {
        let (_, rest) = page.body.split_once("name=\"shown_at\" value=\"").expect("the time");
        rest.split('"').next().expect("an end").to_owned()
    };
    let form = browser.get(&latchkey, "/login").await;
    let sent = json!({ "identifier": "ada1", "password": PASSWORD, "shown_at": shown_at(&form) });

    // The database does not response; the browser keeps what was sent. Then it works, and she logs out.
    latchkey.database.fail_always("GetItem credentials", Fault::error(400, "ThrottlingException"));
    let failed = browser.post(&latchkey, "/login", &sent).await;
    latchkey.database.clear_faults();
    latchkey.pass(5);
    let again = json!({ "identifier": "ada1", "password": PASSWORD, "shown_at": shown_at(&failed) });
    assert_eq!(browser.post(&latchkey, "/login", &again).await.status, 303);
    latchkey.pass(60);
    browser.post(&latchkey, "/logout", &json!({})).await;

    // Somebody else goes back, and lets the browser send it once more.
    let before = latchkey.database.everything();
    for old in [&sent, &again] {
        let refused = browser.post(&latchkey, "/login", old).await;
        assert_eq!((refused.status, refused.cookies.len()), (422, 0), "{refused:?}");
        assert!(refused.body.contains("Enter your password"), "{}", refused.body);
    }
    assert_eq!(latchkey.database.everything(), before);
    let page = browser.get(&latchkey, "/login").await;
    let anew = json!({ "identifier": "ada1", "password": PASSWORD, "shown_at": shown_at(&page) });
    assert_eq!(browser.post(&latchkey, "/login", &anew).await.status, 303);
    for odd in ["", "-1", "1e3", "9999999999999", "\u{661}"] {
        let fields = json!({ "identifier": "ada1", "password": PASSWORD, "shown_at": odd });
        assert_eq!(browser.post(&latchkey, "/login", &fields).await.status, 422, "{odd:?}");
    }
}
