//! Every kind of failure at every database call, once and lasting.

use futures_util::future::join_all;
use latchkey::password::PasswordHasher;
use serde_json::json;

use crate::harness::client::{account, credentials};
use crate::harness::{Client, Latchkey, Response};
use crate::robustness::faults::points::Request::{
    Home, Login, LoginForm, Logout, Profile, RefusedLogin, Renewal, SignUp, SignUpForm,
};
use crate::robustness::faults::points::{Kind, POINTS, Point, Request, kinds};
use crate::robustness::faults::{check_accounts, check_body};
use crate::rules::limiter::wrong;

/// A user who meets one failure.
struct User<'a> {
    latchkey: &'a Latchkey,
    name: String,
    client: Client,
}

impl User<'_> {
    /// Brings the user into the state for the request.
    async fn prepare(&mut self, request: Request) {
        let Self { latchkey, name, client } = self;
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
        if request == Renewal {
            latchkey.pass(86_400);
        }
    }

    async fn send(&mut self, request: Request) -> Response {
        let Self { latchkey, name, client } = self;
        match request {
            SignUp => client.post(latchkey, "/signup", &account(name)).await,
            Login | RefusedLogin => client.post(latchkey, "/login", &credentials(name)).await,
            Profile | Renewal => client.get(latchkey, "/profile").await,
            Logout => client.post(latchkey, "/logout", &json!({})).await,
            Home => client.get(latchkey, "/").await,
            SignUpForm => client.get(latchkey, "/signup").await,
            LoginForm => client.get(latchkey, "/login").await,
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
        if response.status == 204 {
            assert!(!presented.is_signed_in(self.latchkey).await, "a confirmed logout is final");
        }
        check_accounts(self.latchkey);
        check_body(response);
        self.check_next(request, presented, response.status).await;
        let elsewhere = Client::program().post(self.latchkey, "/login", &credentials(&self.name)).await;
        assert_eq!(elsewhere.status, 200, "a user with an account can log in");
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
            Renewal if status == 401 => assert!(self.client.is_signed_in(self.latchkey).await),
            _ => assert_eq!(self.send(request).await.status, request.status()),
        }
    }
}

/// Lets a user meet a failure at a point.
async fn fail(user: &mut User<'_>, point: Point, kind: &Kind, is_lasting: bool) {
    let latchkey = user.latchkey;
    user.prepare(point.request).await;
    let presented = user.client.clone();
    let hashes = latchkey.functions.login.hasher.computed();
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
        let computed = latchkey.functions.login.hasher.computed();
        assert_eq!(computed, hashes, "{context}: an attempt that is not counted computes no hash");
    }
    latchkey.database.clear_faults();
    user.check(point.request, &presented, &response).await;
}

/// The number of failures at a point.
async fn all_kinds_at(point: Point) -> usize {
    let mut latchkey = Latchkey::start().await;
    if point.operation == "UpdateItem credentials" {
        latchkey.functions.login.hasher =
            PasswordHasher::new(argon2::Params::new(16, 1, 1, None).expect("parameters"));
    }
    let mut failures = 0;
    for kind in kinds() {
        for is_lasting in [false, true] {
            let name = format!("user{failures}");
            let mut user = User { latchkey: &latchkey, name, client: Client::program() };
            fail(&mut user, point, &kind, is_lasting).await;
            failures += 1;
        }
    }
    failures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_failure_at_every_call() {
    let failures = join_all(POINTS.map(|point| tokio::spawn(all_kinds_at(point)))).await;
    let total: usize = failures.into_iter().map(|failures| failures.expect("no panic")).sum();
    assert_eq!(total, 17 * 22 * 2);
}
