//! Sign-up.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /signup` | the form; with a live session 303 to `/profile` | the same page |
//! | `POST /signup` | 303 to `/profile` with the session cookie, or the form again with what is wrong | 201 with the user and the session, or a problem |
//!
//! The attempt is counted before the password is hashed; an address that signs up too often gets a 429. The account,
//! its two credentials and its first session are written in one transaction: all or nothing.

use askama::Template;
use shared::aws::Aws;
use shared::config::{ConfigError, Environment};
use shared::device::{Device, DeviceId};
use shared::email::Email;
use shared::error::Error;
use shared::http::body;
use shared::http::problem::{FieldProblem, Problem, with_headers};
use shared::http::request::{Format, Request};
use shared::http::response::{HeaderValue, LOCATION, Response, StatusCode};
use shared::http::serve::{Function, Route};
use shared::http::site::Site;
use shared::identifier::Identifier;
use shared::input::Input;
use shared::name;
use shared::password::{Password, PasswordHasher};
use shared::session::{Lifetimes, Session, SessionSecret};
use shared::store::{Accounts, Sessions, SignUp, SignupLimiter, Users};
use shared::time::Timestamp;
use shared::token::Presented;
use shared::user::{User, UserId};
use shared::username::Username;

/// What sign-up needs.
#[derive(Debug)]
pub struct Signup {
    /// Hashes the new password.
    pub hasher: PasswordHasher,
    site: Site,
    min_length: u64,
    lifetimes: Lifetimes,
    limiter: SignupLimiter,
    accounts: Accounts,
    sessions: Sessions,
    users: Users,
}

impl Signup {
    /// Sign-up as the environment configures it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::of(environment)?;
        let client = shared::store::client(&aws);
        Ok(Self {
            hasher: environment.password_hasher()?,
            site: Site::of(environment, &aws)?,
            min_length: environment.password_min_length()?,
            lifetimes: environment.lifetimes()?,
            limiter: SignupLimiter::new(&client, environment)?,
            accounts: Accounts::new(&client, environment)?,
            sessions: Sessions::new(&client, environment)?,
            users: Users::new(&client, environment)?,
        })
    }

    async fn show_form(&self, request: &Request) -> Result<Response, Error> {
        let presented = self.site.cookies.presented(request);
        if self.sessions.session_find_live(&self.users, presented.as_ref(), request.now).await?.is_some() {
            return Ok(Response::see_other("/profile"));
        }
        Response::page(StatusCode::OK, &self.form(Kept::default(), None))
    }

    async fn submit(&self, request: &Request) -> Result<Response, Error> {
        let input = body::read(request)?;
        let kept = Kept::of(&input);
        match self.sign_up(request, input).await {
            Err(error @ (Error::InvalidInput(_) | Error::Taken { .. } | Error::TooManyAttempts { .. }))
                if request.format == Format::Html =>
            {
                let problem = Problem::of(&error, &request.id);
                let status = problem.status;
                let page = Response::page(status, &self.form(kept, Some(problem)))?;
                Ok(with_headers(page, &error))
            }
            done => done,
        }
    }

    async fn sign_up(&self, request: &Request, input: Input) -> Result<Response, Error> {
        let new = NewAccount::parse(input, self.min_length)?;
        let now = request.now;
        let user = User::new(UserId::random()?, &new.username, &new.email, new.name, now);
        let identifiers = Identifier::of_user(&user);
        let [username, _] = &identifiers;
        request.note_identifier(username);
        self.limiter.attempt(request.source_ip(), now).await?;
        let password_hash = self.hasher.hash(&new.password)?;

        let secret = SessionSecret::random()?;
        let times = (self.lifetimes, now);
        let session = Session::begin(user.user_id.clone(), user.epoch, &secret, request.client(), times);
        let presented = self.site.cookies.presented(request);
        let sign_up = SignUp {
            user: &user,
            password_hash: &password_hash,
            session: &session,
            presented: presented.as_ref(),
        };
        self.accounts.account_create(&sign_up).await?;
        request.note_user(&user.user_id);

        let response = match request.format {
            Format::Html => Response::see_other("/profile"),
            Format::Json => Response::account(StatusCode::CREATED, &user, &session)?
                .with_header(LOCATION, HeaderValue::from_static("/profile")),
        };
        let device = Device { id: DeviceId::random()?, user_id: user.user_id.clone(), epoch: user.epoch };
        let device = self.site.cookies.issue_device(&device, &identifiers, (self.lifetimes, now))?;
        let session = self.site.cookies.issue(&session, &secret, &user.role, now)?;
        Ok(response.with_cookie(session).with_cookie(device))
    }

    fn form<'a>(&self, kept: Kept, problem: Option<Problem<'a>>) -> SignupPage<'a> {
        SignupPage { kept, problem, min_length: self.min_length }
    }
}

impl Function for Signup {
    const ROUTES: &'static [Route] = &[Route::page("GET", "/signup"), Route::new("POST", "/signup")];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nobody: &Presented, now: Timestamp) -> Result<(), Error> {
        self.sessions.session_find_live(&self.users, Some(nobody), now).await.map(drop)
    }

    async fn handle(&self, request: &Request) -> Result<Response, Error> {
        match request.method() {
            "GET" => self.show_form(request).await,
            _ => self.submit(request).await,
        }
    }
}

/// The fields of a sign-up, all valid.
struct NewAccount {
    username: Username,
    email: Email,
    password: Password,
    name: Option<String>,
}

impl NewAccount {
    fn parse(mut input: Input, min_length: u64) -> Result<Self, Error> {
        let username = input.required("username", Username::parse);
        let email = input.required("email", Email::parse);
        let name = input.optional("name", name::parse).flatten();
        let password = input.required("password", |text| {
            let password = Password::parse_new(text, min_length)?;
            password.differs_from(username.as_ref(), email.as_ref())?;
            Ok(password)
        });
        input.finish()?;
        match (username, email, password) {
            (Some(username), Some(email), Some(password)) => Ok(Self { username, email, password, name }),
            _ => Err(Error::internal("a field was neither valid nor reported")),
        }
    }
}

/// What the form shows again after a mistake: everything but the password.
#[derive(Default)]
struct Kept {
    username: String,
    email: String,
    name: String,
}

impl Kept {
    fn of(input: &Input) -> Self {
        Self { username: input.shown("username"), email: input.shown("email"), name: input.shown("name") }
    }
}

#[derive(Template)]
#[template(path = "signup.html")]
struct SignupPage<'a> {
    kept: Kept,
    problem: Option<Problem<'a>>,
    min_length: u64,
}

impl SignupPage<'_> {
    fn errors(&self) -> &[FieldProblem] {
        self.problem.as_ref().map_or(&[], |problem| &problem.errors)
    }

    /// The message beside a field.
    fn message(&self, field: &str) -> Option<&str> {
        let error = self.errors().iter().find(|error| error.field == field);
        error.map(|error| error.message.as_str())
    }
}
