//! Users who each meet one failure.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::harness::access_token::keys;
use crate::harness::app::App;
use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::{Client, Latchkey, Response};
use crate::robustness::faults::points::Request::{
    self, Ask, Change, ChangeEmail, Confirm, Data, Delete, End, EndOthers, Exchange, Forgot, Home, Join,
    JoinForm, Keys, Login, LoginForm, Logout, Name, NewEmail, Profile, Refresh, RefusedLogin, Rename,
    Renewal, RenewingExchange, Resend, Reset, ResetForm, Reuse, Sessions, SignUp, SignUpForm, Undo, Verify,
    VerifyForm,
};
use crate::rules::limiter::wrong;

/// A user who meets one failure.
pub struct User<'a> {
    pub latchkey: &'a Latchkey,
    pub name: String,
    pub client: Client,
    /// The token of a link, a refresh token, or the id of another session.
    pub token: String,
}

/// A new password.
const NEW: &str = "another horse battery";

impl User<'_> {
    /// Brings the user into the state for the request.
    pub async fn prepare(&mut self, request: Request) {
        let Self { latchkey, name, client, token } = self;
        if request == SignUp || request.is_by_email() {
            if request != Ask && request != SignUp {
                *token = proof(latchkey, name, "sign_up");
            }
            return;
        }
        assert_eq!(client.post(latchkey, "/signup", &account(name)).await.status, 201);
        if request == Login || request == RefusedLogin {
            // The client has a session, but no known device. The counter of its address is not empty.
            client.cookies.remove("__Host-device");
            let guesses = if request == Login { 1 } else { 20 };
            for number in 0..guesses {
                let response = client.post(latchkey, "/login", &wrong(&format!("{name}-{number}"))).await;
                assert_eq!(response.status, 401);
            }
        }
        match request {
            Renewal | RenewingExchange => latchkey.pass(86_400),
            Keys => {
                keys(latchkey).await;
                latchkey.pass(300);
            }
            Refresh | Reuse => {
                let mut app = App::logged_in(latchkey, name).await;
                token.clone_from(&app.token);
                for _ in 0..if request == Reuse { 2 } else { 0 } {
                    assert_eq!(app.refresh(latchkey).await.status, 200);
                }
            }
            VerifyForm | Verify => *token = proof(latchkey, name, "verify"),
            ResetForm | Reset => *token = proof(latchkey, name, "reset"),
            ChangeEmail | Rename | Delete | Undo => {
                let verified_at = json!({ "email_verified_at": { "N": latchkey.now().to_string() } });
                let key = json!({ "user_id": user(latchkey, name).expect("a user")["user_id"] });
                latchkey.database.set("UsersTable", key, &verified_at);
                if request == Undo {
                    let fields = json!({ "username": name });
                    assert_eq!(client.post(latchkey, "/profile/delete", &fields).await.status, 204);
                    *token = proof(latchkey, name, "undo_deletion");
                } else {
                    *token = proof(latchkey, name, "change_email");
                }
            }
            End => *token = other_session(latchkey, name, client).await,
            _ => {}
        }
    }

    pub async fn send(&mut self, request: Request) -> Response {
        let Self { latchkey, name, client, token } = self;
        let open =
            |path: &str| client.event("GET", path).with("/rawQueryString", json!(format!("token={token}")));
        match request {
            SignUp => client.post(latchkey, "/signup", &account(name)).await,
            Login | RefusedLogin => client.post(latchkey, "/login", &credentials(name)).await,
            Profile | Renewal => client.get(latchkey, "/profile").await,
            Logout => client.post(latchkey, "/logout", &json!({})).await,
            Exchange | RenewingExchange => client.post(latchkey, "/token", &json!({})).await,
            Refresh | Reuse => client.post(latchkey, "/token", &grant(token)).await,
            Keys => client.get(latchkey, "/.well-known/jwks.json").await,
            Home => client.get(latchkey, "/").await,
            SignUpForm => client.get(latchkey, "/signup").await,
            LoginForm => client.get(latchkey, "/login").await,
            Forgot => client.post(latchkey, "/forgot", &json!({ "identifier": name })).await,
            ResetForm => client.clone().send(latchkey, &open("/reset")).await,
            Reset => client.post(latchkey, "/reset", &json!({ "token": token, "password": PASSWORD })).await,
            VerifyForm => client.clone().send(latchkey, &open("/verify")).await,
            Verify | ChangeEmail => client.post(latchkey, "/verify", &json!({ "token": token })).await,
            Resend => client.post(latchkey, "/profile/verify", &json!({})).await,
            Confirm => client.post(latchkey, "/confirm", &json!({ "password": PASSWORD })).await,
            Change => {
                let fields = json!({ "current_password": PASSWORD, "password": NEW });
                client.post(latchkey, "/profile/password", &fields).await
            }
            Sessions => client.get(latchkey, "/profile/sessions").await,
            End => client.post(latchkey, "/profile/sessions/end", &json!({ "session": token })).await,
            EndOthers => client.post(latchkey, "/profile/sessions/end-others", &json!({})).await,
            NewEmail => {
                let fields = json!({ "email": format!("{name}@example.org") });
                client.post(latchkey, "/profile/email", &fields).await
            }
            Rename => {
                let fields = json!({ "username": format!("{name}-new") });
                client.post(latchkey, "/profile/username", &fields).await
            }
            Name => client.post(latchkey, "/profile/name", &json!({ "name": "Ada" })).await,
            Data => client.get(latchkey, "/profile/data").await,
            Delete => client.post(latchkey, "/profile/delete", &json!({ "username": name })).await,
            Undo => client.post(latchkey, "/undo", &json!({ "token": token, "password": PASSWORD })).await,
            Ask => client.post(latchkey, "/signup", &json!({ "email": format!("{name}@example.com") })).await,
            JoinForm => client.clone().send(latchkey, &open("/signup")).await,
            Join => {
                let fields = json!({ "token": token, "username": name, "password": PASSWORD });
                client.post(latchkey, "/signup", &fields).await
            }
        }
    }
}

/// The fields with which a client exchanges this refresh token.
fn grant(refresh_token: &str) -> Value {
    json!({ "grant_type": "refresh_token", "refresh_token": refresh_token })
}

/// The id of another session of the client's user, which begins.
async fn other_session(latchkey: &Latchkey, name: &str, client: &mut Client) -> String {
    let other = Client::program().post(latchkey, "/login", &credentials(name)).await;
    assert_eq!(other.status, 200);
    let list = client.get(latchkey, "/profile/sessions").await.json();
    let list = list["sessions"].as_array().cloned().expect("a list");
    let other = list.iter().find(|session| session["current"] == false).expect("another");
    other["id"].as_str().expect("an id").to_owned()
}

/// The user of this name.
pub fn user(latchkey: &Latchkey, name: &str) -> Option<Value> {
    let is_own =
        |user: &Value| user["username"]["S"].as_str().is_some_and(|own| own.trim_end_matches("-new") == name);
    latchkey.database.items("UsersTable").into_iter().find(is_own)
}

/// Gives a user a link for a purpose; its token.
fn proof(latchkey: &Latchkey, name: &str, purpose: &str) -> String {
    let user = user(latchkey, name).unwrap_or_default();
    let secret = Sha256::digest(format!("{name} {purpose}"));
    let number = |number: i64| json!({ "N": number.to_string() });
    let mut attributes = json!({
        "purpose": { "S": purpose },
        "email": user["email"],
        "user_id": user["user_id"],
        "epoch": user["epoch"],
        "made_at": number(latchkey.now()),
        "expires_at": number(latchkey.now() + 3_600),
    });
    let is_new = ["sign_up", "change_email"].contains(&purpose);
    if is_new {
        let domain = if purpose == "sign_up" { "com" } else { "org" };
        attributes["email"] = json!({ "S": format!("{name}@example.{domain}") });
    }
    let attributes = attributes.as_object().expect("attributes").clone();
    let attributes = attributes.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let attributes = Value::Object(attributes);
    let key = json!({ "proof_id": { "S": BASE64URL_NOPAD.encode(&Sha256::digest(secret)) } });
    latchkey.database.set("ProofsTable", key, &attributes);
    BASE64URL_NOPAD.encode(&secret)
}
