//! Every kind of failure at every database call, once and lasting.

use data_encoding::BASE64URL_NOPAD;
use futures_util::{StreamExt as _, stream};
use latchkey::password::PasswordHasher;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::{Client, Latchkey, Response};
use crate::robustness::faults::points::Request::{
    Change, Confirm, End, EndOthers, Forgot, Home, Login, LoginForm, Logout, Profile, RefusedLogin, Renewal,
    Resend, Reset, ResetForm, Sessions, SignUp, SignUpForm, Verify, VerifyForm,
};
use crate::robustness::faults::points::{Kind, POINTS, Point, Request, kinds};
use crate::robustness::faults::{check_accounts, check_body};
use crate::rules::limiter::wrong;

/// A user who meets one failure.
struct User<'a> {
    latchkey: &'a Latchkey,
    name: String,
    client: Client,
    /// The token of a link, or the id of another session.
    token: String,
}

/// A new password.
const NEW: &str = "another horse battery";

impl User<'_> {
    /// Brings the user into the state for the request.
    async fn prepare(&mut self, request: Request) {
        let Self { latchkey, name, client, token } = self;
        if request == SignUp {
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
            Renewal => latchkey.pass(86_400),
            VerifyForm | Verify => *token = proof(latchkey, name, "verify"),
            ResetForm | Reset => *token = proof(latchkey, name, "reset"),
            End => {
                let other = Client::program().post(latchkey, "/login", &credentials(name)).await;
                assert_eq!(other.status, 200);
                let list = client.get(latchkey, "/profile/sessions").await.json();
                let list = list["sessions"].as_array().cloned().expect("a list");
                let other = list.iter().find(|session| session["current"] == false).expect("another");
                *token = other["id"].as_str().expect("an id").to_owned();
            }
            _ => {}
        }
    }

    async fn send(&mut self, request: Request) -> Response {
        let Self { latchkey, name, client, token } = self;
        let open =
            |path: &str| client.event("GET", path).with("/rawQueryString", json!(format!("token={token}")));
        match request {
            SignUp => client.post(latchkey, "/signup", &account(name)).await,
            Login | RefusedLogin => client.post(latchkey, "/login", &credentials(name)).await,
            Profile | Renewal => client.get(latchkey, "/profile").await,
            Logout => client.post(latchkey, "/logout", &json!({})).await,
            Home => client.get(latchkey, "/").await,
            SignUpForm => client.get(latchkey, "/signup").await,
            LoginForm => client.get(latchkey, "/login").await,
            Forgot => client.post(latchkey, "/forgot", &json!({ "identifier": name })).await,
            ResetForm => client.clone().send(latchkey, &open("/reset")).await,
            Reset => client.post(latchkey, "/reset", &json!({ "token": token, "password": PASSWORD })).await,
            VerifyForm => client.clone().send(latchkey, &open("/verify")).await,
            Verify => client.post(latchkey, "/verify", &json!({ "token": token })).await,
            Resend => client.post(latchkey, "/profile/verify", &json!({})).await,
            Confirm => client.post(latchkey, "/confirm", &json!({ "password": PASSWORD })).await,
            Change => {
                let fields = json!({ "current_password": PASSWORD, "password": NEW });
                client.post(latchkey, "/profile/password", &fields).await
            }
            Sessions => client.get(latchkey, "/profile/sessions").await,
            End => client.post(latchkey, "/profile/sessions/end", &json!({ "session": token })).await,
            EndOthers => client.post(latchkey, "/profile/sessions/end-others", &json!({})).await,
        }
    }

    /// Checks the promises after any response to a request, which had the cookies of `presented`.
    async fn check(&mut self, request: Request, presented: &Client, response: &Response) {
        let gives_session = response.cookies.iter().any(|cookie| cookie.starts_with("__Host-session=e"));
        if response.status >= 500 {
            assert!(response.cookies.is_empty(), "a failure changes no cookie");
            assert_eq!(response.header("retry-after").is_some(), response.status == 503);
        }
        if gives_session {
            assert!(self.client.is_signed_in(self.latchkey).await, "every session cookie has its item");
        }
        if request == Logout && response.status == 204 {
            assert!(!presented.is_signed_in(self.latchkey).await, "a confirmed logout is final");
        }
        check_accounts(self.latchkey);
        check_body(response);
        self.check_next(request, presented, response.status).await;
        self.check_credentials(request);
        let elsewhere =
            Client::program().post(self.latchkey, "/login", &credentials(&self.name)).await.status;
        assert!(elsewhere == 200 || request == Change && elsewhere == 401, "a user can log in: {elsewhere}");
    }

    /// Checks that both credentials have the epoch of the user, and the same hash. A login may renew one of the hashes.
    fn check_credentials(&self, request: Request) {
        let database = &self.latchkey.database;
        let users = database.items("UsersTable");
        let user = users.iter().find(|user| user["username"]["S"] == *self.name);
        let Some(user) = user else { return };
        let own = database.items("CredentialsTable").into_iter();
        let own: Vec<_> = own.filter(|credential| credential["user_id"] == user["user_id"]).collect();
        assert!(own.iter().all(|credential| credential["epoch"] == user["epoch"]), "{user} {own:?}");
        assert!(request == Login || own[0]["password_hash"] == own[1]["password_hash"], "{own:?}");
    }

    /// Checks that the failure has left no trace for the next request.
    async fn check_next(&mut self, request: Request, presented: &Client, status: i64) {
        match request {
            RefusedLogin => {}
            SignUp if status == 201 => {}
            SignUp => {
                // The sign-up may have been applied, and is complete then.
                let again = self.send(request).await;
                assert!(again.status == 201 || again.code() == "username_taken", "{again:?}");
            }
            Logout if status == 204 => {}
            Logout => {
                let again = self.send(request).await;
                assert!(matches!(again.status, 204 | 401), "{again:?}");
                assert!(!presented.is_signed_in(self.latchkey).await);
            }
            // It may have been applied: the link is used up, or the session is another one.
            Reset | Verify | Confirm | Change | End => {
                let again = self.send(request).await.status;
                assert!(again == request.status() || matches!(again, 401 | 404 | 410), "{again}");
            }
            Renewal if status == 401 => assert!(self.client.is_signed_in(self.latchkey).await),
            _ => assert_eq!(self.send(request).await.status, request.status()),
        }
    }
}

/// Gives a user a link for a purpose; its token.
fn proof(latchkey: &Latchkey, name: &str, purpose: &str) -> String {
    let users = latchkey.database.items("UsersTable");
    let user = users.iter().find(|user| user["username"]["S"] == *name).expect("a user");
    let secret = Sha256::digest(format!("{name} {purpose}"));
    let number = |number: i64| json!({ "N": number.to_string() });
    let attributes = json!({
        "purpose": { "S": purpose },
        "email": user["email"],
        "user_id": user["user_id"],
        "epoch": user["epoch"],
        "made_at": number(latchkey.now()),
        "expires_at": number(latchkey.now() + 3_600),
    });
    let key = json!({ "proof_id": { "S": BASE64URL_NOPAD.encode(&Sha256::digest(secret)) } });
    latchkey.database.set("ProofsTable", key, &attributes);
    BASE64URL_NOPAD.encode(&secret)
}

/// Lets a user meet a failure at a point.
async fn fail(user: &mut User<'_>, point: Point, kind: &Kind, is_lasting: bool) {
    let latchkey = user.latchkey;
    user.prepare(point.request).await;
    let presented = user.client.clone();
    let hashes = latchkey.functions.login.verifier.hasher.computed();
    latchkey.database.take_calls();
    if is_lasting {
        latchkey.database.fail_always(point.operation, kind.fault.clone());
    } else {
        latchkey.database.fail_next(point.operation, kind.fault.clone());
    }
    let response = user.send(point.request).await;
    let context = format!("{point:?}, {}, {}", kind.name, if is_lasting { "lasting" } else { "once" });
    assert_eq!(response.status, point.status(kind.meaning, is_lasting), "{context}: {response:?}");
    let made = latchkey.database.take_operations();
    assert!(made.iter().any(|name| name == point.operation), "{context}: the call was made: {made:?}");
    if point.request == Login && point.is_limiter() && response.status >= 500 {
        let computed = latchkey.functions.login.verifier.hasher.computed();
        assert_eq!(computed, hashes, "{context}: an attempt that is not counted computes no hash");
    }
    latchkey.database.clear_faults();
    user.check(point.request, &presented, &response).await;
}

/// The number of failures at a point.
async fn all_kinds_at(point: Point) -> usize {
    // A call that is repeated may use up several slots.
    let variables = [("MAILS_PER_ADDRESS_PER_HOUR", "10000"), ("FORGOT_PER_HOUR", "10000")];
    let mut latchkey = Latchkey::start_with(&variables).await;
    if point.operation == "UpdateItem credentials" {
        latchkey.functions.login.verifier.hasher =
            PasswordHasher::new(argon2::Params::new(16, 1, 1, None).expect("parameters"));
    }
    let mut failures = 0;
    for kind in kinds() {
        for is_lasting in [false, true] {
            let name = format!("user{failures}");
            let (client, token) = (Client::program(), String::new());
            let mut user = User { latchkey: &latchkey, name, client, token };
            fail(&mut user, point, &kind, is_lasting).await;
            failures += 1;
        }
    }
    failures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_failure_at_every_call() {
    // A point mostly waits for calls that get no response. More of them at once would make other calls late.
    let at_once = stream::iter(POINTS).map(|point| tokio::spawn(all_kinds_at(point))).buffer_unordered(16);
    let failures: Vec<_> = at_once.collect().await;
    let total: usize = failures.into_iter().map(|failures| failures.expect("no panic")).sum();
    assert_eq!(total, 51 * 22 * 2);
}
