//! The driver that starts a browser, and ends it with the test.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use fantoccini::wd::Capabilities;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::harness::Folder;

/// A running driver. Dropping it ends the driver and its browser.
pub struct Chromedriver {
    port: u16,
    /// The driver and the browser keep their files here.
    _folder: Folder,
    _process: Child,
}

impl Chromedriver {
    /// Starts the driver; none if it is not installed.
    pub async fn start() -> Option<Self> {
        let program = installed("chromedriver")?;
        // The port that it finds free for IPv4 may be taken for IPv6. Then it ends.
        for _ in 0..3 {
            if let Some(driver) = Self::try_start(&program).await {
                return Some(driver);
            }
        }
        panic!("chromedriver does not start");
    }

    async fn try_start(program: &Path) -> Option<Self> {
        // The browser makes a socket there, whose path may have about 100 bytes. The repository's may be longer.
        let folder = Folder::below(Path::new("/tmp"));
        let mut process = Command::new(program)
            .arg("--port=0")
            .env("TMPDIR", &folder.0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let port = loop {
            let line = lines.next_line().await.expect("a line")?;
            eprintln!("{line}");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').parse().expect("a port");
            }
        };
        Some(Self { port, _folder: folder, _process: process })
    }

    /// The URL of the driver.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // A killed driver would leave its browser behind.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let request = "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_end(&mut Vec::new()));
        }
    }
}

/// The path of a program.
#[expect(clippy::disallowed_methods, reason = "the installed programs, not configuration")]
fn installed(name: &str) -> Option<PathBuf> {
    let folders: OsString = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A headless browser that sends no requests of its own.
pub fn capabilities(preferences: &Value) -> Capabilities {
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
    ], "prefs": preferences });
    if let Some(chromium) = installed("chromium") {
        options["binary"] = json!(chromium);
    }
    Capabilities::from_iter([
        ("acceptInsecureCerts".to_owned(), json!(true)),
        ("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" })),
        ("goog:chromeOptions".to_owned(), options),
    ])
}
