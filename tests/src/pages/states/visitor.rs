//! A visitor who opens pages and sends forms, and keeps the pages with the names of their states.

use serde_json::{Value, json};

use crate::harness::{Client, Fault, Latchkey, Response};

/// Pages, each with the name of its state.
pub type Pages = Vec<(String, Response)>;

/// The hidden field of the form behind a link.
pub fn proof(link: &str) -> Value {
    json!({ "token": link.split_once("token=").expect("a token").1 })
}

/// Sends forms, and keeps the pages with their names.
pub struct Visitor<'a> {
    pub latchkey: &'a Latchkey,
    pub client: Client,
    pub pages: &'a mut Pages,
}

impl Visitor<'_> {
    /// Opens a page.
    pub async fn open(&mut self, name: &str, path: &str) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let event = self.client.event("GET", path).with("/rawQueryString", json!(query));
        let page = self.client.send(self.latchkey, &event).await;
        self.pages.push((name.to_owned(), page));
    }

    /// Sends a form that is refused with this status.
    pub async fn send(&mut self, name: &str, status: i64, path: &str, fields: &Value) {
        let page = self.client.post(self.latchkey, path, fields).await;
        assert_eq!(page.status, status, "{name}: {page:?}");
        self.pages.push((name.to_owned(), page));
    }

    /// Sends a form that is accepted.
    pub async fn succeed(&mut self, path: &str, fields: &Value) {
        let response = self.client.post(self.latchkey, path, fields).await;
        assert_eq!(response.status, 303, "{path}: {response:?}");
    }

    /// Sends a form while a call of the database fails.
    pub async fn send_in_vain(&mut self, name: &str, operation: &'static str, path: &str, fields: &Value) {
        let Latchkey { database, .. } = self.latchkey;
        database.fail_always(operation, Fault::error(400, "ThrottlingException"));
        self.send(name, 503, path, fields).await;
        database.clear_faults();
    }

    /// Sends a form until there were too many attempts.
    pub async fn send_too_often(&mut self, name: &str, path: &str, fields: &Value) {
        while self.client.post(self.latchkey, path, fields).await.status != 429 {}
        self.send(name, 429, path, fields).await;
    }
}
