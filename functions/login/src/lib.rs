//! Login.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /login` | the form, or 303 to `/profile` with an active session | the same |
//! | `POST /login` | 303 to `/profile`, or the form again | 200 with the user and the session, or a problem |
//!
//! A successful login sets the session cookie and the device cookie. With `return_to` in the query of the form, the
//! user goes on to that path of the site instead of the profile.
//!
//! A login has two phases of database calls, with one hash between them. The first counts the attempt and reads the
//! credential. The second writes the session and reads the user.
//!
//! An identifier that no account has takes the same steps to the same response as a wrong password. An attempt too many
//! gets a 429 without a hash, whether or not an account has the identifier.

mod typed;

use askama::Template;
use latchkey::account::{Identifier, User};
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::return_to::{self, ReturnTo};
use latchkey::http::{
    Failure, Form, Function, Problem, Request, Response, Route, SignedIn, Site, StatusCode, View, body,
    failure,
};
use latchkey::limits::Permit;
use latchkey::password::{Password, PasswordHasher, Verdict};
use latchkey::session::{Lifetimes, NewSession, PresentedSession};
use latchkey::store::{CountedLogin, Credential, Credentials, LiveSessions, LoginAttempt, LoginLimiter};
use latchkey::time::Timestamp;

use crate::typed::{NAMES, Typed};

/// What login needs.
#[derive(Debug)]
pub struct Login {
    /// Verifies the password.
    pub hasher: PasswordHasher,
    site: Site,
    lifetimes: Lifetimes,
    limiter: LoginLimiter,
    credentials: Credentials,
    sessions: LiveSessions,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The form.
    Form,
    /// A login.
    Submit,
}

impl Login {
    /// The function that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = latchkey::store::client(&aws);
        let hasher = PasswordHasher::from_environment(environment)?;
        let site = Site::from_environment(environment, &aws)?;
        Ok(Self {
            hasher,
            lifetimes: Lifetimes::from_environment(environment)?,
            limiter: LoginLimiter::new(&client, &site.keys, environment)?,
            site,
            credentials: Credentials::new(&client, environment)?,
            sessions: LiveSessions::new(&client, environment)?,
        })
    }

    async fn show_form(&self, request: &Request) -> Result<Response, Error> {
        let return_to = ReturnTo::from_query(request.query(return_to::NAME));
        if self.sessions.find(request.presented.as_ref(), request.now).await?.is_some() {
            return Ok(Response::return_to(return_to.as_ref()));
        }
        self.page(request, StatusCode::OK, Form::empty(&FIELDS), return_to)
    }

    fn page(
        &self,
        request: &Request,
        status: StatusCode,
        form: Form<'_>,
        return_to: Option<ReturnTo>,
    ) -> Result<Response, Error> {
        let identifier = NAMES.map(|name| form.typed(name)).into_iter().find(|typed| !typed.is_empty());
        let layout = &self.site.view(request);
        let (identifier, shown_at) = (identifier.unwrap_or_default(), request.now.as_seconds());
        layout.page(status, &LoginPage { layout, form, identifier, shown_at, return_to })
    }

    async fn submit(&self, request: &Request) -> Result<Response, Failure> {
        let input = body::read(request)?;
        let return_to = ReturnTo::from_form(&input);
        let typed = Typed::parse(input, self.site.cookies.logged_out_at(request))?;
        failure::about(&typed.identifier, self.log_in(request, &typed, return_to).await)
    }

    async fn log_in(
        &self,
        request: &Request,
        typed: &Typed,
        return_to: Option<ReturnTo>,
    ) -> Result<Response, Error> {
        let identifier = &typed.identifier;
        let attempt = LoginAttempt {
            identifier,
            device: self.site.cookies.device(request, identifier),
            address: request.source_ip(),
            now: request.now,
        };
        let counted = self.limiter.count(attempt, self.credentials.get(identifier)).await?;
        let CountedLogin { permit, credential, device, counted } = counted;
        let (credential, is_outdated) = self.verify(permit, credential, &typed.password)?;

        let (user_id, client) = (credential.user_id.clone(), request.client_info());
        let new = NewSession::new(user_id, credential.epoch, client, self.lifetimes, request.now)?;
        let deletion = self.limiter.deletion(&counted)?;
        let (user, ()) = tokio::join!(
            self.sessions.begin(&new.session, &credential, request.presented.as_ref(), deletion),
            // The password is correct, even if the session cannot be written.
            self.limiter.release_slot(&counted),
        );
        let user = user?;
        if is_outdated {
            self.rehash(&user, &credential, &typed.password).await;
        }
        let device = device.map(|device| device.id);
        self.site.signed_in(request, StatusCode::OK, SignedIn { user: &user, new: &new, device, return_to })
    }

    /// The credential if the password is correct, and whether its hash is outdated. It costs one hash, even without a
    /// credential.
    fn verify(
        &self,
        permit: Permit,
        credential: Option<Credential>,
        password: &Password,
    ) -> Result<(Credential, bool), Error> {
        let stored = credential.as_ref().and_then(|credential| credential.password_hash.as_ref());
        let verdict = self.hasher.verify(permit, password, stored);
        match (credential, verdict) {
            (Some(credential), Verdict::Right) => Ok((credential, false)),
            (Some(credential), Verdict::Outdated) => Ok((credential, true)),
            _ => Err(Error::InvalidCredentials),
        }
    }

    /// Replaces the outdated hash on both credentials of the user. Otherwise the identifier that the user never types
    /// would keep a cheaper hash. If this fails, the login continues.
    async fn rehash(&self, user: &User, verified: &Credential, password: &Password) {
        let (Some(old_hash), Ok(new_hash)) = (&verified.password_hash, self.hasher.hash(password)) else {
            return;
        };
        let [username, email] = user.identifiers();
        let (username, email) = tokio::join!(
            self.credentials.rehash(&username, old_hash, &new_hash),
            self.credentials.rehash(&email, old_hash, &new_hash),
        );
        if let Err(error) = username.and(email) {
            tracing::warn!("an outdated password hash could not be replaced: {error}");
        }
    }
}

impl Function for Login {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] =
        &[Route::page("/login", Action::Form), Route::post("/login", Action::Submit).counted("LogIns")];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.sessions.find(Some(nonexistent), now).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match action {
            Action::Form => Ok(self.show_form(request).await?),
            Action::Submit => self.submit(request).await,
        }
    }

    fn form_with_errors(&self, action: Action, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        match action {
            Action::Form => None,
            Action::Submit => {
                let typed = body::read(request).ok()?;
                let return_to = ReturnTo::from_form(&typed);
                self.page(request, problem.status, Form::with_errors(&FIELDS, &typed, problem), return_to)
                    .ok()
            }
        }
    }
}

/// The fields of the form.
const FIELDS: [&str; 2] = ["identifier", "password"];

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    layout: &'a View<'a>,
    form: Form<'a>,
    /// The identifier that was typed, under any of its names.
    identifier: &'a str,
    /// The time at which the form is shown, in seconds since 1970.
    shown_at: i64,
    return_to: Option<ReturnTo>,
}
