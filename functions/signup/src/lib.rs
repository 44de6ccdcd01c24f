//! Sign-up.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /signup` | the form, or 303 to `/profile` with an active session | the same |
//! | `POST /signup` | 303 to `/profile`, or the form again | 201 with the user and the session, or a problem |
//!
//! A successful sign-up sets the session cookie and the device cookie.
//!
//! The attempt is counted before the password is hashed. An address that signs up too often gets a 429. One transaction
//! writes the user, two credentials, the first session and, where mail is on, a mail that asks the user to confirm the
//! email address. It also ends the presented session. Then the counters of failures of both identifiers are deleted,
//! which strangers may have filled.
//!
//! Where sign-up is closed, the paths are unknown ones to every method.

use askama::Template;
use latchkey::account::{Email, ReservedUsernames, User, UserId, Username, display_name};
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::response::{HeaderValue, LOCATION};
use latchkey::http::return_to::{self, ReturnTo};
use latchkey::http::{
    Failure, Form, Format, Function, Problem, Request, Response, Route, SignedIn, Site, StatusCode, View,
    body, failure,
};
use latchkey::input::Input;
use latchkey::mail::{Mail, Message};
use latchkey::password::{NewPasswords, Password, PasswordHasher};
use latchkey::session::{Lifetimes, NewSession, PresentedSession, Session};
use latchkey::store::{Accounts, FailureCounters, LiveSessions, SignUp, SignupLimiter};
use latchkey::time::{Seconds, Timestamp};

/// What sign-up needs.
#[derive(Debug)]
pub struct Signup {
    /// Hashes the new password.
    pub hasher: PasswordHasher,
    site: Site,
    reserved: ReservedUsernames,
    passwords: NewPasswords,
    lifetimes: Lifetimes,
    limiter: SignupLimiter,
    failures: FailureCounters,
    accounts: Accounts,
    sessions: LiveSessions,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The form.
    Form,
    /// A sign-up.
    Submit,
}

impl Signup {
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
            reserved: ReservedUsernames::from_environment(environment)?,
            passwords: NewPasswords::from_environment(environment)?,
            lifetimes: Lifetimes::from_environment(environment)?,
            limiter: SignupLimiter::new(&client, &site.keys, environment)?,
            failures: FailureCounters::new(&client, &site.keys, environment)?,
            site,
            accounts: Accounts::new(&client, environment)?,
            sessions: LiveSessions::new(&client, environment)?,
        })
    }

    async fn show_form(&self, request: &Request) -> Result<Response, Error> {
        let return_to = ReturnTo::from_query(request.query(return_to::NAME));
        if self.sessions.find(request.presented.as_ref(), request.now).await?.is_some() {
            return Ok(Response::return_to(return_to.as_ref()));
        }
        self.page(request, Form::empty(&FIELDS), return_to)
    }

    fn page(
        &self,
        request: &Request,
        form: Form<'_>,
        return_to: Option<ReturnTo>,
    ) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        layout.page(
            form.status(),
            &SignupPage { layout, form, min_length: self.passwords.min_length, return_to },
        )
    }

    async fn submit(&self, request: &Request) -> Result<Response, Failure> {
        let input = body::read(request)?;
        let return_to = ReturnTo::from_form(&input);
        let new = self.parse(input)?;
        let user = User::new(UserId::random()?, &new.username, &new.email, new.name, request.now);
        let [username, _] = user.identifiers();
        failure::about(&username, self.sign_up(request, &user, &new.password, return_to).await)
    }

    async fn sign_up(
        &self,
        request: &Request,
        user: &User,
        password: &Password,
        return_to: Option<ReturnTo>,
    ) -> Result<Response, Error> {
        self.limiter.attempt(request.source_ip(), request.now).await?;
        let password_hash = self.hasher.hash(password)?;

        let (user_id, client) = (user.user_id.clone(), request.client_info());
        let mail = Mail::new(Message::ConfirmEmail { user_id: user_id.clone() }, &client, request.now)?;
        let new = NewSession::new(user_id, user.epoch, client, self.lifetimes, request.now)?;
        let sign_up = SignUp {
            user,
            password_hash: &password_hash,
            session: &new.session,
            presented: request.presented.as_ref(),
            mail: &mail,
        };
        let created = self.accounts.create(&sign_up).await;
        if matches!(created, Err(Error::Taken { .. })) && self.is_sent_twice(request, user).await {
            return Ok(Response::return_to(return_to.as_ref()));
        }
        created?;
        self.failures.forget(user).await;
        let signed_in = SignedIn { user, new: &new, device: None, return_to };
        let response = self.site.signed_in(request, StatusCode::CREATED, signed_in)?;
        let response = response.with_mail(self.site.layout.has_mail.then_some(mail.mail_id.as_str()));
        Ok(match request.format {
            Format::Html => response,
            Format::Json => response.with_header(LOCATION, HeaderValue::from_static("/profile")),
        })
    }

    /// Whether a browser sent the form a second time, after the first one created the account a moment ago. The request
    /// has the session of that account, and the same username, email and name. Later the user may have typed another
    /// password, so the form no longer counts as the same.
    async fn is_sent_twice(&self, request: &Request, user: &User) -> bool {
        const A_MOMENT: Seconds = Seconds(30);
        let presented = request.presented.as_ref().filter(|_| request.format == Format::Html);
        let found = self.sessions.find(presented, request.now).await;
        let is_same = |(_, known): (Session, User)| {
            known.identifiers() == user.identifiers()
                && known.name == user.name
                && request.now - known.created_at <= A_MOMENT
        };
        found.is_ok_and(|found| found.is_some_and(is_same))
    }
}

impl Function for Signup {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] =
        &[Route::page("/signup", Action::Form), Route::post("/signup", Action::Submit).counted("SignUps")];

    fn site(&self) -> &Site {
        &self.site
    }

    fn has_routes(&self) -> bool {
        self.site.layout.has_signup
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
                self.page(request, Form::with_errors(&FIELDS, &typed, problem), return_to).ok()
            }
        }
    }
}

/// The fields of the form. The username is above the password, where a password manager looks for it.
const FIELDS: [&str; 4] = ["email", "name", "username", "password"];

/// The fields of a sign-up, all valid.
struct NewAccount {
    username: Username,
    email: Email,
    password: Password,
    name: Option<String>,
}

impl Signup {
    fn parse(&self, mut input: Input<'_>) -> Result<NewAccount, Error> {
        let username = input.required("username", |text| {
            let username = Username::parse(text)?;
            self.reserved.check(username.as_str())?;
            Ok(username)
        });
        let email = input.required("email", Email::parse);
        let name = input.optional("name", display_name::parse).flatten();
        let password =
            input.required("password", |text| self.passwords.parse(text, username.as_ref(), email.as_ref()));
        let account = username.zip(email).zip(password);
        let account =
            account.map(|((username, email), password)| NewAccount { username, email, password, name });
        input.finish(account)
    }
}

#[derive(Template)]
#[template(path = "signup.html")]
struct SignupPage<'a> {
    layout: &'a View<'a>,
    form: Form<'a>,
    min_length: u64,
    return_to: Option<ReturnTo>,
}
