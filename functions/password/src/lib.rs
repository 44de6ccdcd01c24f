//! A new password by the current one.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /profile/password` | the form, or 303 to `/login` without an active session | the same |
//! | `POST /profile/password` | 303 to `/profile`, or the form again | 200 with the user and the session, or a problem |
//! | `GET /.well-known/change-password` | 303 to `/profile/password` | the same |
//!
//! A change wants the current password each time (ASVS 5.0, 6.2.3). The limiter of logins counts the attempt, on the
//! username and the address or on the known device, so a thief of a session cannot guess faster than at the login.
//!
//! A change ends all other sessions and all devices of the user. This browser gets a new session and a new device.
//!
//! The well-known path is for password managers: <https://www.w3.org/TR/change-password-url/>.

mod page;
mod typed;

use latchkey::account::User;
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{
    Failure, Form, Format, Function, Notice, Problem, Request, Response, Route, SignedIn, Site, StatusCode,
    body,
};
use latchkey::mail::{Mail, Message};
use latchkey::password::{NewPasswords, Password, StoredHash};
use latchkey::session::{Lifetimes, NewSession, PresentedSession};
use latchkey::store::{
    Accounts, Change, ChangeLimiter, CountedAttempt, LiveSessions, LoginAttempt, LoginVerifier,
    PasswordChange,
};
use latchkey::time::Timestamp;

use crate::page::PasswordPage;
use crate::typed::Typed;

/// How often a change is tried while other requests change the user.
const TRIES: usize = 3;

/// What a change of the password needs.
#[derive(Debug)]
pub struct ChangePassword {
    /// Verifies the current password, and hashes the new one.
    pub verifier: LoginVerifier,
    site: Site,
    passwords: NewPasswords,
    lifetimes: Lifetimes,
    changes: ChangeLimiter,
    sessions: LiveSessions,
    accounts: Accounts,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The form.
    Form,
    /// A new password.
    Submit,
    /// The way to the form.
    WellKnown,
}

impl ChangePassword {
    /// The function that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = latchkey::store::client(&aws);
        let site = Site::from_environment(environment, &aws)?;
        Ok(Self {
            verifier: LoginVerifier::new(&client, &site.keys, environment)?,
            passwords: NewPasswords::from_environment(environment)?,
            lifetimes: Lifetimes::from_environment(environment)?,
            changes: ChangeLimiter::new(&client, &site.keys, environment)?,
            site,
            sessions: LiveSessions::new(&client, environment)?,
            accounts: Accounts::new(&client, environment)?,
        })
    }

    async fn show_form(&self, request: &Request) -> Result<Response, Failure> {
        let found = self.sessions.find(request.presented.as_ref(), request.now).await?;
        let (_, user) = found.ok_or(Code::Unauthenticated)?;
        Ok(self.page(request, Form::empty(&FIELDS), &user.username)?)
    }

    fn page(&self, request: &Request, form: Form<'_>, owner: &str) -> Result<Response, Error> {
        let (layout, min_length) = (&self.site.view(request), self.passwords.min_length);
        layout.page(form.status(), &PasswordPage { layout, form, owner, min_length })
    }

    async fn submit(&self, request: &Request) -> Result<Response, Failure> {
        let typed = Typed::parse(body::read(request)?, &self.passwords)?;
        let found = self.sessions.find(request.presented.as_ref(), request.now).await?;
        let (_, user) = found.ok_or(Code::Unauthenticated)?;
        self.passwords.check(&typed.new, &user)?;
        let counted = self.verify(request, &user, &typed.current).await?;
        let (change, (), ()) = tokio::join!(
            // Not before: a thief of a session could otherwise use up the changes of the user.
            self.changes.attempt(Change::Password, &user.user_id, request.now),
            // The password is correct, whatever becomes of the change.
            self.verifier.limiter.forget(&counted),
            self.verifier.limiter.release_slot(&counted),
        );
        change?;
        let hash = self.verifier.hasher.hash(&typed.new)?;
        let message = Message::PasswordChanged { user_id: user.user_id.clone() };
        let mail = Mail::new(message, &request.client_info(), request.now)?;
        let is_told = self.site.layout.has_mail && user.email_verified_at.is_some();
        let (user, new) = self.change(request, user, &hash, &mail).await?;
        let signed_in = SignedIn { user: &user, new: &new, device: None, return_to: None };
        let response = self.site.signed_in(request, StatusCode::OK, signed_in)?;
        let response = response.with_mail(is_told.then_some(mail.mail_id.as_str()));
        Ok(match request.format {
            Format::Html => response.with_cookie(self.site.cookies.notice(Notice::PasswordChanged)),
            Format::Json => response,
        })
    }

    /// Verifies the current password, as a login with the username. Returns what the attempt uses up.
    async fn verify(
        &self,
        request: &Request,
        user: &User,
        current: &Password,
    ) -> Result<CountedAttempt, Error> {
        let [identifier, _] = &user.identifiers();
        let attempt = LoginAttempt {
            identifier,
            device: self.site.cookies.device(request, identifier),
            address: request.source_ip(),
            client: request.client_info(),
            request_id: &request.id,
            now: request.now,
        };
        Ok(self.verifier.verify(&attempt, current).await?.counted)
    }

    /// Gives the user the new password, and begins a session for this browser.
    async fn change(
        &self,
        request: &Request,
        mut user: User,
        password_hash: &StoredHash,
        mail: &Mail,
    ) -> Result<(User, NewSession), Failure> {
        let presented = request.presented.as_ref().ok_or(Code::Unauthenticated)?;
        for _ in 0..TRIES {
            let change = PasswordChange {
                user: &user,
                password_hash,
                presented,
                client: request.client_info(),
                lifetimes: self.lifetimes,
                mail,
            };
            if let Some(changed) = self.accounts.change_password(change, request.now).await? {
                return Ok(changed);
            }
            // After another change of the password, the session has ended.
            let found = self.sessions.find(Some(presented), request.now).await?;
            (_, user) = found.ok_or(Code::Unauthenticated)?;
        }
        Err(Error::user_kept_changing().into())
    }
}

impl Function for ChangePassword {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] = &[
        Route::page("/profile/password", Action::Form),
        Route::post("/profile/password", Action::Submit).logged_as("password_changed"),
        Route::get("/.well-known/change-password", Action::WellKnown),
    ];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.sessions.find(Some(nonexistent), now).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match action {
            Action::Form => self.show_form(request).await,
            Action::Submit => self.submit(request).await,
            Action::WellKnown => Ok(Response::see_other("/profile/password")),
        }
    }

    fn form_with_errors(&self, action: Action, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        if !matches!(action, Action::Submit) || problem.code == Code::Unauthenticated {
            return None;
        }
        let typed = body::read(request).ok()?;
        // A wrong password is the current one.
        let fields: &'static [&'static str] =
            if problem.code == Code::InvalidCredentials { &["current_password"] } else { &FIELDS };
        let form = Form::with_errors(fields, &typed, problem);
        self.page(request, form, typed.shown("owner")).ok()
    }
}

/// The fields of the form.
const FIELDS: [&str; 2] = ["current_password", "password"];
