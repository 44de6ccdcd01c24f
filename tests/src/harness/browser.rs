//! Chromium, as a person uses it.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Once;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use latchkey::account::UserId;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::harness::{root, site_package};

/// A browser, with a profile that is as empty as on the first day.
pub struct Browser {
    /// What it can be asked to do.
    pub client: Client,
    _chromedriver: Chromedriver,
}

/// The driver that starts the browser and ends it, whatever becomes of the test.
struct Chromedriver {
    port: u16,
    /// Where both of them put what they keep.
    folder: PathBuf,
    _process: Child,
}

impl Chromedriver {
    async fn start(program: &Path) -> Self {
        let folder =
            root().join(format!("target/tmp/browser-{}", UserId::random().expect("a name").as_str()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut process = Command::new(program)
            .arg("--port=0")
            .env("TMPDIR", &folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let port = loop {
            let line = lines.next_line().await.expect("a line").expect("chromedriver starts");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').parse().expect("a port");
            }
        };
        Self { port, folder, _process: process }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Killed, it would leave its browser behind.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let request = "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_end(&mut Vec::new()));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The path of a program.
#[expect(clippy::disallowed_methods, reason = "what is installed, not configuration")]
fn installed(names: &[&str]) -> Option<PathBuf> {
    let folders: OsString = std::env::var_os("PATH")?;
    let paths =
        std::env::split_paths(&folders).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    paths.into_iter().find(|path| path.is_file())
}

impl Browser {
    /// A browser; none, and a loud word about it, where there is no Chromium.
    pub async fn start() -> Option<Self> {
        let Some(chromedriver) = installed(&["chromedriver"]) else {
            static ONCE: Once = Once::new();
            // Not by a macro, whose output the test runner would keep to itself.
            let skipped = "\nSKIPPED: all tests in a real browser (browser::…), because chromedriver is not installed \
                (Debian: apt install chromium chromium-driver; macOS: brew install --cask chromium chromedriver)\n";
            ONCE.call_once(|| std::io::stderr().write_all(skipped.as_bytes()).expect("standard error"));
            return None;
        };
        let chromedriver = Chromedriver::start(&chromedriver).await;
        let url = format!("http://127.0.0.1:{}", chromedriver.port);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities()).connect(&url).await.expect("a browser");
        Some(Self { client, _chromedriver: chromedriver })
    }

    /// Asks the browser for something that no page can ask for.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(OfChromium { path: "goog/cdp/execute", body }).await.expect(command)
    }

    /// What the browser has written into its log since the last time.
    pub async fn log(&self) -> Vec<String> {
        let command = OfChromium { path: "se/log", body: json!({ "type": "browser" }) };
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

    /// What can be read on the page.
    pub async fn text(&self) -> String {
        self.find("body").await.text().await.expect("a text")
    }

    /// The first element that a selector finds.
    pub async fn find(&self, selector: &str) -> Element {
        self.client.find(Locator::Css(selector)).await.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Clicks what leads to another page, and waits for it.
    pub async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.leave(element.click()).await;
    }

    /// A link with this text.
    pub async fn link(&self, text: &str) -> Element {
        self.client.find(Locator::LinkText(text)).await.expect(text)
    }

    /// Clicks a link with this text, which leads to another page, and waits for it.
    pub async fn follow(&self, text: &str) {
        let link = self.link(text).await;
        self.leave(link.click()).await;
    }

    /// Waits until what is done has led to another page.
    pub async fn leave<T>(&self, done: impl Future<Output = Result<T, CmdError>>) {
        let page = self.find("html").await;
        done.await.expect("what leads to another page");
        // The browser has several errors for a page that is gone.
        while page.tag_name().await.is_ok() {}
    }

    /// Fills fields in, by their ids.
    pub async fn fill(&self, fields: &[(&str, &str)]) {
        for (id, text) in fields {
            let input = self.find(&format!("#{id}")).await;
            input.clear().await.expect("an empty field");
            input.send_keys(text).await.expect(id);
        }
    }

    /// Fills fields in and presses the button.
    pub async fn submit(&self, fields: &[(&str, &str)]) {
        self.fill(fields).await;
        self.click("main button").await;
    }

    /// What stands in a field.
    pub async fn value(&self, id: &str) -> String {
        self.find(&format!("#{id}")).await.prop("value").await.expect("a property").expect("a value")
    }

    /// The id of what has the focus.
    pub async fn focus(&self) -> String {
        let element = self.client.active_element().await.expect("a focus");
        element.attr("id").await.expect("an attribute").unwrap_or_default()
    }

    /// The names of the cookies of the site, but for those that a log-out leaves behind.
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

/// A command that only drivers of Chromium know.
#[derive(Debug)]
struct OfChromium {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for OfChromium {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.expect("a session"), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// Headless, and silent towards everybody but the tests.
fn capabilities() -> Capabilities {
    let mut options = json!({ "args": [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=800,900",
    ] });
    if let Some(chromium) = installed(&["chromium"]) {
        options["binary"] = json!(chromium);
    }
    Capabilities::from_iter([
        ("acceptInsecureCerts".to_owned(), json!(true)),
        ("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" })),
        ("goog:chromeOptions".to_owned(), options),
    ])
}

/// The source of axe-core, which `make test` installs.
pub fn axe() -> String {
    let path = site_package("axe", "axe_playwright_python/axe.min.js").expect("make test");
    std::fs::read_to_string(path).expect("axe-core")
}
