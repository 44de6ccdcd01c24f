//! A look at one page after another, as a browser gets from one to the next.

use crate::harness::Fault;
use crate::pages::browser::Visit;
use crate::pages::browser::states::inspector::Inspector;
use crate::pages::browser::states::set;

/// A look at one page after another.
pub(super) struct Looker<'a> {
    pub(super) visit: &'a Visit,
    pub(super) inspector: &'a Inspector<'a>,
}

impl Looker<'_> {
    /// Opens a page, and looks at it.
    pub(super) async fn open(&self, name: &str, path: &str) {
        self.visit.gateway.take_requests();
        self.visit.open(path).await;
        self.inspector.look(name).await;
    }

    /// Logs a user in.
    pub(super) async fn log_in(&self, identifier: &str, password: &str) {
        self.visit.open("/login").await;
        self.send(&[("identifier", identifier), ("password", password)]).await;
        assert_eq!(self.visit.browser.path().await, "/profile");
    }

    /// Sends the form of the page with these texts.
    pub(super) async fn send(&self, fields: &[(&str, &str)]) {
        for (id, text) in fields {
            set(self.visit, id, text).await;
        }
        self.visit.gateway.take_requests();
        self.visit.browser.click("main button").await;
    }

    /// Sends the form of the page, and looks at the next one.
    pub(super) async fn send_and_look(&self, name: &str, fields: &[(&str, &str)]) {
        self.send(fields).await;
        self.inspector.look(name).await;
    }

    /// Sends the form until there were too many attempts.
    pub(super) async fn send_too_often(&self, name: &str, fields: &[(&str, &str)]) {
        while !self.visit.browser.text().await.contains("Try again in") {
            self.send(fields).await;
        }
        self.inspector.look(name).await;
        self.visit.gateway.latchkey.pass(3_600);
    }

    /// Sends the form while a call of the database fails.
    pub(super) async fn send_in_vain(&self, name: &str, operation: &'static str, fields: &[(&str, &str)]) {
        let database = &self.visit.gateway.latchkey.database;
        database.fail_always(operation, Fault::error(400, "ThrottlingException"));
        self.send_and_look(name, fields).await;
        database.clear_faults();
    }
}
