//! Whole visits: by clicking, with the keyboard alone, and with scripts disabled.

use latchkey::account::UserId;
use serde_json::{Value, json};

use crate::harness::browser::Browser;
use crate::harness::client::PASSWORD;
use crate::pages::browser::{ACCOUNT, Visit};

/// Keys, in the encoding of browser drivers.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// The style and the width of the focus.
const OUTLINE: &str = "
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle + style.outlineWidth";

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
    assert_eq!(visit.browser.title().await, "off", "scripts are disabled");
    whole_visit(&visit.browser, &visit.gateway.origin).await;
}

/// Everything that a user can do, at any deployment.
pub async fn whole_visit(browser: &Browser, origin: &str) {
    let mary = Mary { browser, origin };
    mary.signs_up().await;
    mary.looks_around_and_logs_out().await;
    mary.logs_in().await;
}

/// A user at a browser.
struct Mary<'a> {
    browser: &'a Browser,
    origin: &'a str,
}

impl Mary<'_> {
    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.origin)).await;
    }

    /// Checks that the browser shows this page.
    async fn is_at(&self, path: &str, title: &str) {
        let text = self.browser.text().await;
        let found = (self.browser.path().await, self.browser.title().await);
        assert_eq!(found, (path.to_owned(), title.to_owned()), "{text}");
    }

    /// Checks the focused field, and the text in another field or in the same.
    async fn is_in(&self, focused: &str, id: &str, value: &str) {
        let found = (self.browser.focus().await, self.browser.value(id).await);
        assert_eq!(found, (focused.to_owned(), value.to_owned()));
    }

    /// Checks the names of the cookies, without their prefix.
    async fn has_cookies(&self, names: &[&str]) {
        let prefix = match self.origin.strip_prefix("http:") {
            Some(local) => format!("latchkey-{}-", local.rsplit(':').next().expect("a port")),
            None => "__Host-".to_owned(),
        };
        let expected: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
        assert_eq!(self.browser.cookies().await, expected);
    }

    async fn signs_up(&self) {
        let browser = self.browser;
        self.open("/profile").await;
        self.is_at("/login", "Log in – Latchkey").await;
        self.open("/").await;
        browser.follow("Sign up").await;
        self.is_at("/signup", "Sign up – Latchkey").await;
        browser.submit(&[("email", "mary"), ("username", "Mary.S"), ("password", "short")]).await;
        self.is_at("/signup", "Error: Sign up – Latchkey").await;
        self.is_in("email", "username", "Mary.S").await;
        assert_eq!(browser.value("password").await, "");
        browser.link("Choose a password of at least 8 characters").await.click().await.expect("a click");
        assert_eq!(browser.focus().await, "password", "a link of the summary leads to its field");
        let account = [
            ("email", "mary@example.com"),
            ("name", "Mary Somerville"),
            ("username", "Mary.S"),
            ("password", PASSWORD),
        ];
        browser.submit(&account).await;
        self.is_at("/profile", "Profile – Latchkey").await;
        let text = browser.text().await;
        for shown in ["Mary Somerville", "Mary.S", "mary@example.com"] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        let id = text.lines().skip_while(|line| *line != "User id").nth(1);
        assert!(id.is_some_and(|id| UserId::parse(id).is_some()), "{text}");
        self.has_cookies(&["device", "session"]).await;
    }

    async fn looks_around_and_logs_out(&self) {
        let browser = self.browser;
        for path in ["/signup", "/login"] {
            self.open(path).await;
            self.is_at("/profile", "Profile – Latchkey").await;
        }
        browser.follow("Latchkey").await;
        assert!(browser.text().await.contains("Welcome, Mary Somerville"));
        browser.click("main button").await;
        self.is_at("/", "Home – Latchkey").await;
        self.has_cookies(&["device"]).await;
        self.open("/profile").await;
        self.is_at("/login", "Log in – Latchkey").await;
    }

    async fn logs_in(&self) {
        let browser = self.browser;
        browser.submit(&[("identifier", "mary.s"), ("password", "a wrong password")]).await;
        self.is_at("/login", "Error: Log in – Latchkey").await;
        assert!(browser.text().await.contains("Incorrect username or password"));
        self.is_in("identifier", "identifier", "mary.s").await;
        browser.submit(&[("password", PASSWORD)]).await;
        self.is_at("/profile", "Profile – Latchkey").await;
        self.open("/nothing").await;
        self.is_at("/nothing", "Error: Page not found – Latchkey").await;
    }
}

/// A user who has only a keyboard.
struct Keyboard<'a>(&'a Browser);

impl Keyboard<'_> {
    /// Types into the focused element.
    async fn press(&self, keys: &str) {
        self.0.client.active_element().await.expect("a focus").send_keys(keys).await.expect("keys");
    }

    /// Presses a key that leads to another page.
    async fn submit(&self, key: &str) {
        let press = async { self.0.client.active_element().await?.send_keys(key).await };
        self.0.expect_navigation(press).await;
    }

    /// Moves the focus to the next element, and checks that the focus is visible.
    async fn tab(&self) {
        self.press(TAB).await;
        let outline = self.0.script(OUTLINE).await;
        assert_eq!(outline, "solid3px", "the focus is visible: {}", self.0.text().await);
    }

    /// Fills in fields that follow each other.
    async fn fill(&self, fields: &[(&str, &str)]) {
        for (id, text) in fields {
            self.tab().await;
            assert_eq!(self.0.focus().await, *id);
            self.press(text).await;
        }
    }

    /// The text of the focused element.
    async fn focused(&self) -> Value {
        self.0.script("return document.activeElement.textContent.trim()").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_reached_with_the_keyboard_alone() {
    let Some(visit) = Visit::start(&[]).await else { return };
    let browser = &visit.browser;
    let keyboard = Keyboard(browser);
    visit.open("/").await;
    keyboard.tab().await;
    assert_eq!(keyboard.focused().await, "Latchkey");
    keyboard.tab().await;
    assert_eq!(keyboard.focused().await, "Sign up");
    keyboard.submit(ENTER).await;
    keyboard.tab().await;
    keyboard.fill(&ACCOUNT).await;
    keyboard.submit(ENTER).await;
    assert_eq!(browser.path().await, "/profile", "{}", browser.text().await);
    keyboard.tab().await;
    for name in [
        "Change your name",
        "Change your username",
        "Change your email address",
        "Change your password",
        "See where you are logged in",
        "Download your data",
        "Delete your account",
        "Log out",
    ] {
        keyboard.tab().await;
        assert_eq!(keyboard.focused().await, name);
    }
    keyboard.submit(ENTER).await;
    assert_eq!(browser.path().await, "/");
    for _ in 0..3 {
        keyboard.tab().await;
    }
    assert_eq!(keyboard.focused().await, "Log in");
    keyboard.submit(ENTER).await;
    keyboard.tab().await;
    keyboard.fill(&[("identifier", "ada@example.com"), ("password", "a wrong password")]).await;
    keyboard.tab().await;
    assert_eq!(keyboard.focused().await, "Log in", "the button");
    keyboard.submit(" ").await;
    assert_eq!(browser.focus().await, "identifier", "the first wrong field");
    keyboard.tab().await;
    keyboard.press(PASSWORD).await;
    keyboard.submit(ENTER).await;
    assert_eq!(browser.path().await, "/profile");
}
