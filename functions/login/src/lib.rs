//! Log-in.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /login` | the form; with a live session 303 to `/profile` | the same page |
//! | `POST /login` | 303 to `/profile` with the session cookie, or the form again | 200 with the user and the session, or a problem |
//!
//! A log-in is two phases around one hash: the attempt is counted while the credential is read, the password is
//! verified, then the session is written while the user is read. An identifier that nobody has takes the same way
//! to the same answer, and so does an attempt too many: 429, without a hash.

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

/// What log-in needs.
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
    /// A log-in.
    Submit,
}

impl Login {
    /// Log-in as the environment configures it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
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
            // Whatever becomes of the session: the password was right.
            self.limiter.succeeded(&counted),
        );
        let user = user?;
        if is_outdated {
            self.rehash(&user, &credential, &typed.password).await;
        }
        let device = device.map(|device| device.id);
        self.site.signed_in(request, StatusCode::OK, SignedIn { user: &user, new: &new, device })
    }

    /// The credential if the password is right, and whether its hash is outdated; at the cost of one hash,
    /// whether or not there is a credential.
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

    /// Hashes the password with today's parameters, for both identifiers of the user: a cheaper hash must not
    /// stay with the one that is never typed. That this fails stops nobody.
    async fn rehash(&self, user: &User, verified: &Credential, password: &Password) {
        let (Some(old), Ok(anew)) = (&verified.password_hash, self.hasher.hash(password)) else { return };
        let [username, email] = user.identifiers();
        let (username, email) = tokio::join!(
            self.credentials.rehash(&username, old, &anew),
            self.credentials.rehash(&email, old, &anew),
        );
        if let Err(error) = username.and(email) {
            tracing::warn!("an outdated password hash stays: {error}");
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

/// Three names of one field.
const NAMES: [&str; 3] = ["identifier", "username", "email"];

/// What was typed, all valid.
struct Typed {
    identifier: Identifier,
    password: Password,
}

impl Typed {
    /// Reads the fields. A browser keeps the forms that were sent, with their passwords, for the way back, and sends one
    /// again if it is asked to: a password that was typed before the last log-out counts as none.
    fn parse(mut input: Input, logged_out_at: Option<Timestamp>) -> Result<Self, Error> {
        let identifier = identifier(&mut input);
        let shown_at = input.optional("shown_at", |text| {
            let invalid = || violation("invalid", "Send the time that stood in the form, or none.");
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

/// The identifier, by whichever of its names it was sent.
fn identifier(input: &mut Input) -> Option<Identifier> {
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
        // What is left of them is null: as if it had not been sent.
        input.optional(name, |_| Ok(()));
    }
    identifier
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    layout: &'a Layout,
    form: Form<'a>,
    /// What was typed, by whichever of its names it came.
    identifier: &'a str,
    /// Seconds since 1970.
    shown_at: i64,
}
