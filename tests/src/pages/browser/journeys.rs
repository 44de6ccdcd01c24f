//! Whole visits: by clicking, with the keyboard alone, and with scripts switched off.

use latchkey::account::UserId;
use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::client::PASSWORD;
use crate::pages::browser::{ACCOUNT, Visit};

/// Keys, as the driver of a browser reads them.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_up_logs_out_and_logs_in_again_by_clicking() {
    let Some(visit) = Visit::start(&[]).await else { return };
    whole_visit(&visit.browser, &visit.gateway.origin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_needs_a_script() {
    let Some(visit) = Visit::start(&[]).await else { return };
    visit.browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    visit.browser.open("data:text/html,<title>off</title><script>document.title='on'</script>").await;
    assert_eq!(visit.browser.title().await, "off", "scripts are switched off");
    whole_visit(&visit.browser, &visit.gateway.origin).await;
}

/// All that a person can do, at any deployment.
pub async fn whole_visit(browser: &Browser, origin: &str) {
    let account = [
        ("email", "mary@example.com"),
        ("name", "Mary Somerville"),
        ("username", "Mary.S"),
        ("password", PASSWORD),
    ];
    let open = async |path: &str| browser.open(&format!("{origin}{path}")).await;
    let is_at = async |path: &str, title: &str| {
        let (found, text) = ((browser.path().await, browser.title().await), browser.text().await);
        assert_eq!(found, (path.to_owned(), title.to_owned()), "{text}");
    };
    open("/profile").await;
    is_at("/login", "Log in – Latchkey").await;
    open("/").await;
    browser.follow("Sign up").await;
    is_at("/signup", "Sign up – Latchkey").await;
    browser.submit(&[("email", "mary"), ("username", "Mary.S"), ("password", "short")]).await;
    is_at("/signup", "Error: Sign up – Latchkey").await;
    assert_eq!(
        (browser.focus().await, browser.value("username").await),
        ("email".to_owned(), "Mary.S".to_owned())
    );
    assert_eq!(browser.value("password").await, "");
    browser.link("Choose a password of at least 8 characters").await.click().await.expect("a click");
    assert_eq!(browser.focus().await, "password", "a link of the summary leads into its field");
    browser.submit(&account).await;
    is_at("/profile", "Profile – Latchkey").await;
    let text = browser.text().await;
    for shown in ["Mary Somerville", "Mary.S", "mary@example.com"] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    let id = text.lines().skip_while(|line| *line != "User id").nth(1);
    assert!(id.is_some_and(|id| UserId::parse(id).is_some()), "{text}");
    let prefix = if origin.starts_with("https:") { "__Host-" } else { "latchkey-" };
    assert_eq!(browser.cookies().await, ["device", "session"].map(|name| format!("{prefix}{name}")));

    for path in ["/signup", "/login"] {
        open(path).await;
        is_at("/profile", "Profile – Latchkey").await;
    }
    browser.follow("Latchkey").await;
    assert!(browser.text().await.contains("Welcome, Mary Somerville"));
    browser.click("main button").await;
    is_at("/", "Home – Latchkey").await;
    assert_eq!(browser.cookies().await, [format!("{prefix}device")]);
    open("/profile").await;
    is_at("/login", "Log in – Latchkey").await;

    browser.submit(&[("identifier", "mary.s"), ("password", "a wrong password")]).await;
    is_at("/login", "Error: Log in – Latchkey").await;
    assert!(browser.text().await.contains("Incorrect username or password"));
    assert_eq!(
        (browser.focus().await, browser.value("identifier").await),
        ("identifier".to_owned(), "mary.s".to_owned())
    );
    browser.submit(&[("password", PASSWORD)]).await;
    is_at("/profile", "Profile – Latchkey").await;
    open("/nothing").await;
    is_at("/nothing", "Error: Page not found – Latchkey").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_reached_with_the_keyboard_alone() {
    let Some(visit) = Visit::start(&[]).await else { return };
    let browser = &visit.browser;
    let press = async |keys: &str| browser.client.active_element().await?.send_keys(keys).await;
    let tab = async || {
        press(TAB).await.expect("a key");
        let outline = "return getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth";
        assert_eq!(
            browser.script(outline).await,
            "solid3px",
            "the focus can be seen: {}",
            browser.text().await
        );
    };
    let enter = async || {
        browser.leave(press(ENTER)).await;
    };
    let focused = async || browser.script("return document.activeElement.textContent.trim()").await;

    visit.open("/").await;
    tab().await;
    assert_eq!(focused().await, "Latchkey");
    tab().await;
    assert_eq!(focused().await, "Sign up");
    enter().await;
    tab().await;
    for (id, text) in ACCOUNT {
        tab().await;
        assert_eq!(browser.focus().await, id);
        press(text).await.expect("keys");
    }
    enter().await;
    assert_eq!(browser.path().await, "/profile", "{}", browser.text().await);
    tab().await;
    tab().await;
    assert_eq!(focused().await, "Log out");
    enter().await;
    assert_eq!(browser.path().await, "/");
    for _ in 0..3 {
        tab().await;
    }
    assert_eq!(focused().await, "Log in");
    enter().await;
    tab().await;
    for (id, text) in [("identifier", "ada@example.com"), ("password", "a wrong password")] {
        tab().await;
        assert_eq!(browser.focus().await, id);
        press(text).await.expect("keys");
    }
    tab().await;
    assert_eq!(focused().await, "Log in", "the button");
    browser.leave(press(" ")).await;
    assert_eq!(browser.focus().await, "identifier", "the first field that is wrong");
    tab().await;
    press(PASSWORD).await.expect("keys");
    enter().await;
    assert_eq!(browser.path().await, "/profile");
}
