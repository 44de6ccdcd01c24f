//! The pages in Chromium, over HTTPS and with the cookies of a deployment. Without Chromium the tests print that they
//! are skipped.

pub mod journeys;
mod mailbox;
mod safety;
mod sisters;
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

/// A browser in front of an empty deployment.
struct Visit {
    browser: Browser,
    gateway: Gateway,
}

impl Visit {
    /// Starts a browser and a deployment; none if Chromium is not installed.
    async fn start(variables: &[(&str, &str)]) -> Option<Self> {
        Some(Self { browser: Browser::start().await?, gateway: Gateway::start(variables).await })
    }

    /// Opens a path of the deployment.
    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.gateway.origin)).await;
    }

    /// Signs up as Ada, and ends on her profile.
    async fn sign_up(&self) {
        self.open("/signup").await;
        self.browser.submit(&ACCOUNT).await;
        assert_eq!(self.browser.path().await, "/profile", "{}", self.browser.text().await);
    }
}
