//! What only a browser can tell of the pages: Chromium, in front of the functions, over HTTPS and with the cookies of a deployed
//! Latchkey. Where there is no Chromium these tests are skipped, and say so.

pub mod journeys;
mod safety;
mod states;

use crate::harness::browser::Browser;
use crate::harness::gateway::Gateway;

/// The fields of a sign-up, by their ids.
const ACCOUNT: [(&str, &str); 4] = [
    ("email", "ada@example.com"),
    ("name", "Ada Lovelace"),
    ("username", "Ada.L"),
    ("password", "correct horse battery"),
];

/// A person at a browser, in front of an empty deployment.
struct Visit {
    browser: Browser,
    gateway: Gateway,
}

impl Visit {
    /// None where there is no browser.
    async fn start(variables: &[(&str, &str)]) -> Option<Self> {
        Some(Self { browser: Browser::start().await?, gateway: Gateway::start(variables).await })
    }

    /// Opens a path of the site.
    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.gateway.origin)).await;
    }

    /// Signs up as Ada; ends on her profile.
    async fn sign_up(&self) {
        self.open("/signup").await;
        self.browser.submit(&ACCOUNT).await;
        assert_eq!(self.browser.path().await, "/profile", "{}", self.browser.text().await);
    }
}
