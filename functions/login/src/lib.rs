//! Login.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /login` | the form, or 303 to `/profile` with an active session | the same |
//! | `POST /login` | 303 to `/profile`, or the form again | 200 with the user and the session, or a problem |
//!
//! A successful login sets the session cookie and the device cookie.
//!
//! A login has two phases of database calls, with one hash between them. The first counts the attempt and reads the
//! credential. The second writes the session and reads the user.
//!
//! An identifier that no account has takes the same steps to the same response as a wrong password. An attempt too many
//! gets a 429 without a hash, whether or not an account has the identifier.

use askama::Template;
use latchkey::account::{Identifier, User};
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::{
    Failure, Form, Function, Layout, Problem, Request, Response, Route, SignedIn, Site, StatusCode, body,
    failure,
};
use latchkey::input::Input;
use latchkey::limits::Permit;
use latchkey::password::{Password, PasswordHasher, Verdict};
use latchkey::session::{Lifetimes, NewSession, PresentedSession};
use latchkey::store::{CountedLogin, Credential, Credentials, LiveSessions, LoginAttempt, LoginLimiter};
use latchkey::time::Timestamp;
use latchkey::violation::violation;

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
        Ok(Self {
            hasher: PasswordHasher::from_environment(environment)?,
            site: Site::from_environment(environment, &aws)?,
            lifetimes: Lifetimes::from_environment(environment)?,
            limiter: LoginLimiter::new(&client, environment)?,
            credentials: Credentials::new(&client, environment)?,
            sessions: LiveSessions::new(&client, environment)?,
        })
    }

    async fn show_form(&self, request: &Request) -> Result<Response, Error> {
        if self.sessions.find(request.presented.as_ref(), request.now).await?.is_some() {
            return Ok(Response::see_other("/profile"));
        }
        self.page(StatusCode::OK, Form::empty(&FIELDS), request.now)
    }

    fn page(&self, status: StatusCode, form: Form<'_>, now: Timestamp) -> Result<Response, Error> {
        let identifier = NAMES.map(|name| form.typed(name)).into_iter().find(|typed| !typed.is_empty());
        let layout = &self.site.layout;
        let identifier = identifier.unwrap_or_default();
        layout.page(status, &LoginPage { layout, form, identifier, shown_at: now.as_seconds() })
    }

    async fn submit(&self, request: &Request) -> Result<Response, Failure> {
        let typed = Typed::parse(body::read(request)?, self.site.cookies.logged_out_at(request))?;
        failure::about(&typed.identifier, self.log_in(request, &typed).await)
    }

    async fn log_in(&self, request: &Request, typed: &Typed) -> Result<Response, Error> {
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
        let (user, ()) = tokio::join!(
            self.sessions.begin(&new.session, &credential, request.presented.as_ref()),
            // The password is correct, even if the session cannot be written.
            self.limiter.succeeded(&counted),
        );
        let user = user?;
        if is_outdated {
            self.rehash(&user, &credential, &typed.password).await;
        }
        let device = device.map(|device| device.id);
        self.site.signed_in(request, StatusCode::OK, SignedIn { user: &user, new: &new, device })
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
                self.page(problem.status, Form::with_errors(&FIELDS, &typed, problem), request.now).ok()
            }
        }
    }
}

/// The fields of the form.
const FIELDS: [&str; 2] = ["identifier", "password"];

/// The names under which a request may send the identifier.
const NAMES: [&str; 3] = ["identifier", "username", "email"];

/// The fields of a login, all valid.
struct Typed {
    identifier: Identifier,
    password: Password,
}

impl Typed {
    /// Parses the fields. `logged_out_at` is the time of the last logout in the same browser.
    ///
    /// Browsers keep submitted forms with their passwords, and send them again when a user goes back. So a password
    /// from a form that is older than the last logout counts as missing.
    fn parse(mut input: Input<'_>, logged_out_at: Option<Timestamp>) -> Result<Self, Error> {
        let identifier = identifier(&mut input);
        let shown_at = input.optional("shown_at", |text| {
            let invalid =
                || violation("invalid", "Send `shown_at` as the form contained it, or leave it out.");
            Timestamp::parse_seconds(text).ok_or_else(invalid)
        });
        let is_stale = shown_at.is_some_and(|shown_at| logged_out_at.is_some_and(|out_at| shown_at < out_at));
        let password = input.required("password", |text| Password::parse(if is_stale { "" } else { text }));
        input.finish()?;
        let (identifier, password) = identifier
            .zip(password)
            .ok_or_else(|| Error::internal("a field was neither valid nor reported"))?;
        Ok(Self { identifier, password })
    }
}

/// The identifier, under the one name with which it was sent.
fn identifier(input: &mut Input<'_>) -> Option<Identifier> {
    let sent: Vec<&'static str> = NAMES.into_iter().filter(|name| input.has(name)).collect();
    let identifier = match sent.as_slice() {
        [] => input.required("identifier", Identifier::parse),
        [name] => input.required(name, Identifier::parse),
        several => {
            for name in several {
                let only_one =
                    |_: &str| Err(violation("invalid", "Send only one of identifier, username and email."));
                input.required(name, only_one).unwrap_or(());
            }
            None
        }
    };
    for name in NAMES {
        // What is left is null, which counts as not sent.
        input.optional(name, |_| Ok(()));
    }
    identifier
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    layout: &'a Layout,
    form: Form<'a>,
    /// The identifier that was typed, under any of its names.
    identifier: &'a str,
    /// The time at which the form is shown, in seconds since 1970.
    shown_at: i64,
}
