//! API Gateway HTTP API events (payload format 2.0).

use serde_json::{Value, json};

/// The host name of the API in the tests. The public origin follows from it.
pub const DOMAIN: &str = "abc123.execute-api.eu-central-1.amazonaws.com";

/// An event, with methods that change it.
#[derive(Debug, Clone)]
pub struct Event(Value);

impl From<Value> for Event {
    fn from(event: Value) -> Self {
        Self(event)
    }
}

impl Event {
    /// The event of a request that has only API Gateway's headers, and no body.
    pub fn new(method: &str, path: &str) -> Self {
        Self(json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": { "host": DOMAIN, "x-forwarded-proto": "https", "x-forwarded-port": "443" },
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "abc123",
                "domainName": DOMAIN,
                "domainPrefix": "abc123",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7",
                    "userAgent": "tests",
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": "$default",
                "stage": "$default",
                "time": "20/Nov/2026:09:00:00 +0000",
                "timeEpoch": 1_795_165_200_000_i64,
            },
            "isBase64Encoded": false,
        }))
    }

    /// With another header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self
    }

    /// With these cookies.
    pub fn cookies(mut self, cookies: impl IntoIterator<Item = String>) -> Self {
        let cookies: Vec<String> = cookies.into_iter().collect();
        if !cookies.is_empty() {
            self.0["cookies"] = json!(cookies);
        }
        self
    }

    /// With a body of this type.
    pub fn body(self, content_type: &str, body: &str) -> Self {
        let mut event = self.header("content-type", content_type);
        event.0["body"] = json!(body);
        event
    }

    /// With any value at a JSON pointer.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        self.0.pointer_mut(parent).expect("a parent")[name] = value;
        self
    }

    /// Without the member at a JSON pointer.
    pub fn without(mut self, pointer: &str) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        self.0.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").remove(name);
        self
    }

    /// The event as JSON.
    pub fn json(&self) -> &Value {
        &self.0
    }
}
