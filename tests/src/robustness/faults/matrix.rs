//! Every kind of failure at every database call, once and lasting.

use futures_util::{StreamExt as _, stream};
use latchkey::password::PasswordHasher;

use crate::harness::client::credentials;
use crate::harness::{Client, Latchkey, Response};
use crate::robustness::faults::kinds::{Kind, kinds};
use crate::robustness::faults::points::Request::{
    Ask, Change, ChangeEmail, Confirm, Delete, End, Join, JoinForm, Login, Logout, Refresh, RefusedLogin,
    Rename, Renewal, RenewingExchange, Reset, SignUp, Undo, Verify,
};
use crate::robustness::faults::points::{POINTS, Point, Request};
use crate::robustness::faults::users::{User, user};
use crate::robustness::faults::{check_accounts, check_body};

impl User<'_> {
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
        let email = format!("{}@example.com", self.name);
        let identifier = if request == Rename { &email } else { &self.name };
        let elsewhere =
            Client::program().post(self.latchkey, "/login", &credentials(identifier)).await.status;
        // The password is another one, or the account is deleted or not there yet.
        let may_fail = matches!(request, Change | Delete | Undo | Ask | JoinForm);
        assert!(elsewhere == 200 || may_fail && elsewhere == 401, "a user can log in: {elsewhere}");
    }

    /// Checks that both credentials have the epoch of the user, and the same hash. A login may renew one of the hashes.
    fn check_credentials(&self, request: Request) {
        let database = &self.latchkey.database;
        let Some(user) = user(self.latchkey, &self.name) else { return };
        let own = database.items("CredentialsTable").into_iter();
        let own = own.filter(|credential| credential["user_id"] == user["user_id"]);
        let own: Vec<_> = own.filter(|credential| credential.get("held_until").is_none()).collect();
        if own.is_empty() {
            assert_eq!(user["status"]["S"], "deleted");
            return;
        }
        assert!(own.iter().all(|credential| credential["epoch"] == user["epoch"]), "{user} {own:?}");
        assert!(request == Login || own[0]["password_hash"] == own[1]["password_hash"], "{own:?}");
    }

    /// Checks that the failure has left no trace for the next request.
    async fn check_next(&mut self, request: Request, presented: &Client, status: i64) {
        match request {
            RefusedLogin => {}
            SignUp | Join if status == 201 => {}
            Join => {
                let again = self.send(request).await;
                assert!(matches!(again.status, 201 | 410), "{again:?}");
            }
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
            Reset | Verify | Confirm | Change | End | ChangeEmail | Rename | Delete | Undo => {
                let again = self.send(request).await.status;
                assert!(again == request.status() || matches!(again, 401 | 404 | 410 | 422 | 429), "{again}");
            }
            // The execution environment knows now that the session has no item.
            Refresh if status == 400 => {}
            Renewal | RenewingExchange if status == 401 => {
                assert!(self.client.is_signed_in(self.latchkey).await);
            }
            _ => assert_eq!(self.send(request).await.status, request.status()),
        }
    }
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
    let mode = if point.request.is_by_email() { "by-email" } else { "open" };
    let variables =
        [("MAILS_PER_ADDRESS_PER_HOUR", "10000"), ("FORGOT_PER_HOUR", "10000"), ("SIGNUP_MODE", mode)];
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
    assert_eq!(total, 86 * 22 * 2);
}
