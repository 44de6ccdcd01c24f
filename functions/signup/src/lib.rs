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
use latchkey::account::{Email, Identifier, User, UserId, Username, display_name};
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::body;
use latchkey::http::form::Form;
use latchkey::http::layout::Layout;
use latchkey::http::problem::Problem;
use latchkey::http::request::{Format, Request};
use latchkey::http::response::{HeaderValue, LOCATION, Response, StatusCode};
use latchkey::http::route::Route;
use latchkey::http::serve::Function;
use latchkey::http::site::Site;
use latchkey::input::Input;
use latchkey::password::{Password, PasswordHasher};
use latchkey::session::{Device, DeviceId, Lifetimes, PresentedSession, Session, SessionSecret};
use latchkey::store::{Accounts, Sessions, SignUp, SignupLimiter, Users};
use latchkey::time::{Seconds, Timestamp};

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
        let aws = Aws::from_environment(environment)?;
        let client = latchkey::store::client(&aws);
        Ok(Self {
            hasher: PasswordHasher::from_environment(environment)?,
            site: Site::from_environment(environment, &aws)?,
            min_length: Password::min_length_from_environment(environment)?,
            lifetimes: Lifetimes::from_environment(environment)?,
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
        self.page(StatusCode::OK, Form::empty(&FIELDS))
    }

    fn page(&self, status: StatusCode, form: Form<'_>) -> Result<Response, Error> {
        let layout = &self.site.layout;
        layout.page(status, &SignupPage { layout, form, min_length: self.min_length })
    }

    async fn sign_up(&self, request: &Request) -> Result<Response, Error> {
        let new = NewAccount::parse(body::read(request)?, self.min_length)?;
        let now = request.now;
        let user = User::new(UserId::random()?, &new.username, &new.email, new.name, now);
        let identifiers = Identifier::from_user(&user);
        let [username, _] = &identifiers;
        request.note_identifier(username);
        self.limiter.attempt(request.source_ip(), now).await?;
        let password_hash = self.hasher.hash(&new.password)?;

        let secret = SessionSecret::random()?;
        let times = (self.lifetimes, now);
        let session = Session::new(user.user_id.clone(), user.epoch, &secret, request.client_info(), times);
        let presented = self.site.cookies.presented(request);
        let sign_up = SignUp {
            user: &user,
            password_hash: &password_hash,
            session: &session,
            presented: presented.as_ref(),
        };
        let created = self.accounts.create(&sign_up).await;
        if matches!(created, Err(Error::Taken { .. }))
            && self.is_sent_twice(request, presented.as_ref(), &user).await
        {
            return Ok(Response::see_other("/profile"));
        }
        created?;
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

    /// Whether a person has sent the form once more after it had signed them up a moment ago: they are who they say that they
    /// want to be. Later it may be another password that they have typed.
    async fn is_sent_twice(
        &self,
        request: &Request,
        presented: Option<&PresentedSession>,
        user: &User,
    ) -> bool {
        const A_MOMENT: Seconds = Seconds(30);
        let presented = presented.filter(|_| request.format == Format::Html);
        let live = self.sessions.session_find_live(&self.users, presented, request.now).await;
        let is_same = |(_, known): (Session, User)| {
            Identifier::from_user(&known) == Identifier::from_user(user)
                && known.name == user.name
                && request.now - known.created_at <= A_MOMENT
        };
        live.is_ok_and(|live| live.is_some_and(is_same))
    }
}

impl Function for Signup {
    const ROUTES: &'static [Route] = &[Route::page("GET", "/signup"), Route::new("POST", "/signup")];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nobody: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.sessions.session_find_live(&self.users, Some(nobody), now).await.map(drop)
    }

    async fn handle(&self, request: &Request) -> Result<Response, Error> {
        match request.method() {
            "GET" => self.show_form(request).await,
            _ => self.sign_up(request).await,
        }
    }

    fn form_with_errors(&self, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        let typed = body::read(request).ok().filter(|_| request.method() == "POST")?;
        self.page(problem.status, Form::with_errors(&FIELDS, &typed, problem)).ok()
    }
}

/// The fields of the form. The username stands above the password, where a password manager looks for it.
const FIELDS: [&str; 4] = ["email", "name", "username", "password"];

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
        let name = input.optional("name", display_name::parse).flatten();
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

#[derive(Template)]
#[template(path = "signup.html")]
struct SignupPage<'a> {
    layout: &'a Layout,
    form: Form<'a>,
    min_length: u64,
}
