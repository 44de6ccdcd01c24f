//! Users, and the events of their requests.

use serde_json::{Value, json};

/// The password of every user.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The origin of the deployment.
pub(crate) const ORIGIN: &str = "https://abc123.execute-api.us-east-1.amazonaws.com";

/// A user, who is known by a number.
pub(crate) struct User {
    pub username: String,
    number: usize,
}

impl User {
    pub(crate) fn new(number: usize) -> Self {
        Self { username: format!("person-{number}"), number }
    }

    /// The same user at another address.
    pub(crate) fn elsewhere(&self, place: usize) -> Self {
        Self { username: self.username.clone(), number: self.number + place * 1_000_000 }
    }

    /// Another user, at another address.
    pub(crate) fn second(&self) -> Self {
        Self { username: format!("{}-2nd", self.username), ..self.elsewhere(5) }
    }

    pub(crate) fn sign_up(&self) -> Value {
        let email = format!("{}@example.com", self.username);
        let body = json!({ "username": self.username, "email": email, "password": PASSWORD });
        self.post("/signup", &[], Some(body))
    }

    /// The next one of the two requests of a sign-up by email.
    pub(crate) fn sign_up_with(&self, token: Option<&str>) -> Value {
        let body = match token {
            None => json!({ "email": format!("{}@example.com", self.username) }),
            Some(token) => json!({ "token": token, "username": self.username, "password": PASSWORD }),
        };
        self.post("/signup", &[], Some(body))
    }

    pub(crate) fn log_in(&self, password: &str) -> Value {
        let body = json!({ "username": self.username, "password": password });
        self.post("/login", &[], Some(body))
    }

    pub(crate) fn get(&self, path: &str, cookies: &[String]) -> Value {
        self.event("GET", path, cookies, None)
    }

    pub(crate) fn log_out(&self, cookies: &[String]) -> Value {
        self.post("/logout", cookies, None)
    }

    pub(crate) fn post(&self, path: &str, cookies: &[String], body: Option<Value>) -> Value {
        self.event("POST", path, cookies, body)
    }

    /// The event that API Gateway would send. Each user has an address of their own.
    fn event(&self, method: &str, path: &str, cookies: &[String], body: Option<Value>) -> Value {
        let route = format!("{method} {path}");
        let domain = ORIGIN.trim_start_matches("https://");
        let [_, a, b, c] = u32::try_from(self.number).unwrap_or_default().to_be_bytes();
        json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": "",
            "cookies": cookies,
            "headers": {
                "accept": "*/*",
                "content-type": "application/json",
                "host": domain,
                "user-agent": "bench",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https"
            },
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "abc123",
                "domainName": domain,
                "domainPrefix": "abc123",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": format!("10.{a}.{b}.{c}"),
                    "userAgent": "bench"
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": route,
                "stage": "$default",
                "time": "20/Nov/2026:09:00:00 +0000",
                "timeEpoch": 1_795_165_200_000_i64
            },
            "body": body.map(|body| body.to_string()),
            "isBase64Encoded": false
        })
    }
}

/// The cookies that a response sets, as a browser sends them back.
pub(crate) fn cookies(response: &Value) -> Vec<String> {
    let cookies = response.get("cookies").and_then(Value::as_array).into_iter().flatten();
    let pair = |cookie: &Value| Some(cookie.as_str()?.split(';').next()?.to_owned());
    cookies.filter_map(pair).collect()
}

/// Sets the cookies of a response in those of a browser. One that is cleared stays as an empty one.
pub(crate) fn renew(browser: &mut Vec<String>, response: &Value) {
    for cookie in cookies(response) {
        let name = cookie.split('=').next().unwrap_or_default();
        browser.retain(|kept| !kept.starts_with(name));
        browser.push(cookie);
    }
}
