//! Chromium, used as a user does: by clicking, typing and reading.

mod chromedriver;

use std::io::Write as _;
use std::path::Path;
use std::sync::Once;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::Url;

use self::chromedriver::{Chromedriver, capabilities};
use crate::harness::site_package;

/// A browser with an empty profile.
pub struct Browser {
    /// The client of the driver that controls it.
    pub client: Client,
    _chromedriver: Chromedriver,
}

impl Browser {
    /// Starts a browser. If Chromium is not installed, it prints that the tests are skipped, and returns none.
    pub async fn start() -> Option<Self> {
        Self::start_with(&json!({})).await
    }

    /// The same with preferences, as Chromium's profile names them.
    pub async fn start_with(preferences: &Value) -> Option<Self> {
        let Some(chromedriver) = Chromedriver::start().await else {
            static ONCE: Once = Once::new();
            // The test runner captures the output of `eprintln!`.
            let skipped = "\nSKIPPED: all tests in a real browser (browser::…), because chromedriver is not \
                installed (Debian: apt install chromium chromium-driver; \
                macOS: brew install --cask chromium chromedriver)\n";
            ONCE.call_once(|| std::io::stderr().write_all(skipped.as_bytes()).expect("standard error"));
            return None;
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connection = builder.capabilities(capabilities(preferences)).connect(&chromedriver.url()).await;
        let client = connection.expect("a browser");
        Some(Self { client, _chromedriver: chromedriver })
    }

    /// Sends a command of Chromium's developer tools.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(ChromiumCommand { path: "goog/cdp/execute", body }).await.expect(command)
    }

    /// The messages in the browser's log since the last call.
    pub async fn log(&self) -> Vec<String> {
        let command = ChromiumCommand { path: "se/log", body: json!({ "type": "browser" }) };
        let log = self.client.issue_cmd(command).await.expect("a log");
        let entries = log.as_array().expect("entries").iter();
        entries.map(|entry| entry["message"].as_str().expect("a message").to_owned()).collect()
    }

    /// The result of a script.
    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect(script)
    }

    /// Opens a URL.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.expect(url);
    }

    /// The path of the page.
    pub async fn path(&self) -> String {
        self.client.current_url().await.expect("a URL").path().to_owned()
    }

    /// The title of the page.
    pub async fn title(&self) -> String {
        self.client.title().await.expect("a title")
    }

    /// The visible text of the page.
    pub async fn text(&self) -> String {
        self.find("body").await.text().await.expect("a text")
    }

    /// The first element that matches a selector.
    pub async fn find(&self, selector: &str) -> Element {
        self.client.find(Locator::Css(selector)).await.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Clicks an element, and waits for the next page.
    pub async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.expect_navigation(element.click()).await;
    }

    /// The link with this text.
    pub async fn link(&self, text: &str) -> Element {
        self.client.find(Locator::LinkText(text)).await.expect(text)
    }

    /// Clicks the link with this text, and waits for the next page.
    pub async fn follow(&self, text: &str) {
        let link = self.link(text).await;
        self.expect_navigation(link.click()).await;
    }

    /// Runs an action, and waits for the next page.
    pub async fn expect_navigation<T>(&self, action: impl Future<Output = Result<T, CmdError>>) {
        let page = self.find("html").await;
        action.await.expect("an action that leads to another page");
        // The browser has several errors for an unloaded page.
        while page.tag_name().await.is_ok() {}
    }

    /// Fills in fields, by their ids.
    pub async fn fill(&self, fields: &[(&str, &str)]) {
        for (id, text) in fields {
            let input = self.find(&format!("#{id}")).await;
            input.clear().await.expect("an empty field");
            input.send_keys(text).await.expect(id);
        }
    }

    /// Fills in fields and presses the button.
    pub async fn submit(&self, fields: &[(&str, &str)]) {
        self.fill(fields).await;
        self.click("main button").await;
    }

    /// The value of a field.
    pub async fn value(&self, id: &str) -> String {
        self.find(&format!("#{id}")).await.prop("value").await.expect("a property").expect("a value")
    }

    /// The id of the focused element.
    pub async fn focus(&self) -> String {
        let element = self.client.active_element().await.expect("a focus");
        element.attr("id").await.expect("an attribute").unwrap_or_default()
    }

    /// The names of the cookies of the site, without the two that a logout sets.
    pub async fn cookies(&self) -> Vec<String> {
        let cookies = self.client.get_all_cookies().await.expect("cookies");
        let names = cookies.into_iter().map(|cookie| cookie.name().to_owned());
        let mut names: Vec<String> =
            names.filter(|name| !name.ends_with("goodbye") && !name.ends_with("logout")).collect();
        names.sort();
        names
    }

    /// A picture of the whole page.
    pub async fn screenshot(&self, path: &Path) {
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::write(path, picture).expect("a file");
    }
}

/// A command that only Chromium's driver has.
#[derive(Debug)]
struct ChromiumCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for ChromiumCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.expect("a session"), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// The source of axe-core, which `make test` installs.
pub fn axe() -> String {
    let path = site_package("axe", "axe_playwright_python/axe.min.js").expect("make test");
    std::fs::read_to_string(path).expect("axe-core")
}
