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
use latchkey::account::{Email, Identifier, Status, User};
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::body;
use latchkey::http::form::Form;
use latchkey::http::layout::Layout;
use latchkey::http::problem::Problem;
use latchkey::http::request::{Format, Request};
use latchkey::http::response::{Response, StatusCode};
use latchkey::http::route::Route;
use latchkey::http::serve::Function;
use latchkey::http::site::Site;
use latchkey::input::Input;
use latchkey::limits::Permit;
use latchkey::password::{Password, PasswordHasher, Verdict};
use latchkey::session::{Device, DeviceId, Lifetimes, PresentedSession, Session, SessionSecret};
use latchkey::store::{Credential, Credentials, LoginLimiter, Sessions, Users};
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
    sessions: Sessions,
    users: Users,
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
            sessions: Sessions::new(&client, environment)?,
            users: Users::new(&client, environment)?,
        })
    }

    async fn show_form(&self, request: &Request) -> Result<Response, Error> {
        let presented = self.site.cookies.presented(request);
        if self.sessions.session_find_live(&self.users, presented.as_ref(), request.now).await?.is_some() {
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

    async fn log_in(&self, request: &Request) -> Result<Response, Error> {
        let now = request.now;
        let (identifier, password) = parse(body::read(request)?, self.site.cookies.logged_out_at(request))?;
        request.note_identifier(&identifier);
        let mut known = self.site.cookies.device(request, &identifier);
        let attempt = |known: Option<&Device>| {
            let device = known.map(|device| device.id.clone());
            let identifier = &identifier;
            async move { self.limiter.attempt(identifier, device.as_ref(), request.source_ip(), now).await }
        };
        if known.is_none() {
            self.limiter.refuse_recent(request.source_ip(), now)?;
        }
        let (mut counted, credential) =
            tokio::join!(attempt(known.as_ref()), self.credentials.get(&identifier));
        let credential = match credential {
            Ok(credential) => credential,
            Err(error) => {
                self.limiter.release(counted).await;
                return Err(error);
            }
        };
        let is_known = |device| credential.as_ref().is_some_and(|credential| credential.knows(device));
        if known.as_ref().is_some_and(|device| !is_known(device)) {
            // The account is another one by now, or its epoch was raised.
            self.limiter.release(counted).await;
            known = None;
            counted = attempt(None).await;
        }
        let (counted, permit) = counted?;
        let (credential, is_outdated) = self.verify(permit, credential, &password)?;

        let secret = SessionSecret::random()?;
        let session = Session::new(
            credential.user_id.clone(),
            credential.epoch,
            &secret,
            request.client_info(),
            (self.lifetimes, now),
        );
        let presented = self.site.cookies.presented(request);
        let (user, ()) = tokio::join!(
            self.begin(&credential, &session, presented.as_ref()),
            // Whatever becomes of the session: the password was right.
            self.limiter.succeeded(&counted),
        );
        let user = user?;
        request.note_user(&user.user_id);
        if is_outdated {
            self.rehash(&user, &credential, &password).await;
        }

        let id = known.map_or_else(DeviceId::random, |device| Ok(device.id))?;
        let device = Device { id, user_id: user.user_id.clone(), epoch: user.epoch };
        let device =
            self.site.cookies.issue_device(&device, &Identifier::from_user(&user), (self.lifetimes, now))?;
        let response = match request.format {
            Format::Html => Response::see_other("/profile"),
            Format::Json => Response::account(StatusCode::OK, &user, &session)?,
        };
        let session = self.site.cookies.issue(&session, &secret, &user.role, now)?;
        Ok(response.with_cookie(session).with_cookie(device))
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

    /// The second phase: the new session begins, the presented one ends, and the user row has the last word.
    async fn begin(
        &self,
        credential: &Credential,
        session: &Session,
        presented: Option<&PresentedSession>,
    ) -> Result<User, Error> {
        let end_presented = async {
            match presented {
                Some(presented) => self.sessions.delete(presented).await.map(drop),
                None => Ok(()),
            }
        };
        let put = self.sessions.put(session);
        let get = self.users.get(&credential.user_id);
        let ((), user, ()) = tokio::try_join!(put, get, end_presented)?;
        user.filter(|user| user.status == Status::Active && user.epoch == credential.epoch)
            .ok_or(Error::InvalidCredentials)
    }

    /// Hashes the password with today's parameters, for both identifiers of the user: a cheaper hash must not
    /// stay with the one that is never typed. That this fails stops nobody.
    async fn rehash(&self, user: &User, verified: &Credential, password: &Password) {
        let (Some(old), Ok(anew)) = (&verified.password_hash, self.hasher.hash(password)) else { return };
        let [username, email] = Identifier::from_user(user);
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
    const ROUTES: &'static [Route] = &[Route::page("GET", "/login"), Route::new("POST", "/login")];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nobody: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.sessions.session_find_live(&self.users, Some(nobody), now).await.map(drop)
    }

    async fn handle(&self, request: &Request) -> Result<Response, Error> {
        match request.method() {
            "GET" => self.show_form(request).await,
            _ => self.log_in(request).await,
        }
    }

    fn form_with_errors(&self, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        let typed = body::read(request).ok().filter(|_| request.method() == "POST")?;
        self.page(problem.status, Form::with_errors(&FIELDS, &typed, problem), request.now).ok()
    }
}

/// The fields of the form.
const FIELDS: [&str; 2] = ["identifier", "password"];

/// Three names of one field.
const NAMES: [&str; 3] = ["identifier", "username", "email"];

/// The identifier and the password. A browser keeps the forms that were sent, with their passwords, for the way back, and sends
/// one again if it is asked to: a password that was typed before the last log-out counts as none.
fn parse(mut input: Input, logged_out_at: Option<Timestamp>) -> Result<(Identifier, Password), Error> {
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
    let shown_at = input.optional("shown_at", |text| {
        let invalid = || violation("invalid", "Send the time that stood in the form, or none.");
        Timestamp::parse_seconds(text).ok_or_else(invalid)
    });
    let is_stale = shown_at.is_some_and(|shown_at| logged_out_at.is_some_and(|out_at| shown_at < out_at));
    let password = input.required("password", |text| Password::parse(if is_stale { "" } else { text }));
    input.finish()?;
    identifier.zip(password).ok_or_else(|| Error::internal("a field was neither valid nor reported"))
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
