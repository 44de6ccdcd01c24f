//! A program without cookies, which holds its session in a refresh token.

use serde_json::{Value, json};

use crate::harness::client::credentials;
use crate::harness::{Client, Event, Latchkey, Response};

/// A program with a refresh token.
#[derive(Debug, Clone)]
pub struct App {
    /// The token that it stores.
    pub token: String,
    program: Client,
}

/// The token in a response.
pub fn refresh_token(response: &Response) -> String {
    response.json()["refresh_token"].as_str().unwrap_or_else(|| panic!("no token: {response:?}")).to_owned()
}

impl App {
    /// Logs in a user who has an account.
    pub async fn logged_in(latchkey: &Latchkey, username: &str) -> Self {
        let mut program = Client::program();
        let mut fields = credentials(username);
        fields["session"] = json!("token");
        let response = program.post(latchkey, "/login", &fields).await;
        assert_eq!((response.status, response.cookies.len()), (200, 0), "{response:?}");
        Self { token: refresh_token(&response), program }
    }

    /// The same program with another token.
    pub fn with(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The event of a request with the token as its bearer.
    pub fn event(&self, method: &str, path: &str) -> Event {
        self.program.event(method, path).header("authorization", &format!("Bearer {}", self.token))
    }

    /// Sends JSON.
    pub async fn post(&self, latchkey: &Latchkey, path: &str, fields: &Value) -> Response {
        latchkey.send(&self.event("POST", path).body("application/json", &fields.to_string())).await
    }

    /// The event that exchanges the token, as an OAuth client sends it.
    pub fn exchange(&self) -> Event {
        let form = format!("grant_type=refresh_token&refresh_token={}&client_id=latchkey", self.token);
        self.program.event("POST", "/token").body("application/x-www-form-urlencoded", &form)
    }

    /// Exchanges the token, and stores the new one.
    pub async fn refresh(&mut self, latchkey: &Latchkey) -> Response {
        let response = latchkey.send(&self.exchange()).await;
        if response.status == 200 {
            self.token = refresh_token(&response);
        }
        response
    }

    /// Whether the token opens the profile.
    pub async fn is_signed_in(&self, latchkey: &Latchkey) -> bool {
        let response = latchkey.send(&self.event("GET", "/profile")).await;
        match response.status {
            200 => true,
            401 => false,
            _ => panic!("{response:?}"),
        }
    }
}
