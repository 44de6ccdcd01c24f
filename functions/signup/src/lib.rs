//! Sign-up.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /signup` | the form, or 303 to `/profile` with an active session | the same |
//! | `POST /signup` | 303 to `/profile`, or the form again | 201 with the user and the session, or a problem |
//!
//! A successful sign-up sets the session cookie and the device cookie.
//!
//! Where sign-up is by email, the first form asks only for the address, and the response is the same for every address:
//! 303 to `/signup`, or 202 for a program. The link in the mail leads to the second form (`by_email`).
//!
//! The attempt is counted before the password is hashed. An address that signs up too often gets a 429. One transaction
//! writes the user, two credentials, the first session and, where mail is on, a mail that asks the user to confirm the
//! email address. It also ends the presented session. Then the counters of failures of both identifiers are deleted,
//! which strangers may have filled.
//!
//! Where sign-up is closed, the paths are unknown ones to every method.

mod by_email;
mod page;
mod typed;

use latchkey::account::{ReservedUsernames, SignupMode, User, UserId};
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::response::{HeaderValue, LOCATION};
use latchkey::http::return_to::ReturnTo;
use latchkey::http::{
    Failure, Form, Format, Function, Problem, Request, Response, Route, SignedIn, Site, StatusCode, body,
    failure,
};
use latchkey::mail::{Mail, Message};
use latchkey::password::{NewPasswords, Password, PasswordHasher};
use latchkey::session::{Lifetimes, NewSession, PresentedSession, SessionKind};
use latchkey::store::{
    Accounts, Address, FailureCounters, LiveSessions, MailRequestLimiter, Mails, Proofs, SignUp,
    SignupLimiter,
};
use latchkey::time::{Seconds, Timestamp};

use crate::by_email::ByEmail;
use crate::page::SignupPage;
use crate::typed::NewAccount;

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
    /// `None` unless sign-up is by email.
    by_email: Option<ByEmail>,
}

/// A sign-up with valid fields.
struct Attempt<'a> {
    user: &'a User,
    password: &'a Password,
    address: Address<'a>,
    kind: SessionKind,
    return_to: Option<ReturnTo>,
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
            by_email: match SignupMode::from_environment(environment)? {
                SignupMode::ByEmail => Some(ByEmail {
                    limiter: MailRequestLimiter::new(&client, &site.keys, environment)?,
                    mails: Mails::new(&client, environment)?,
                    proofs: Proofs::new(&client, environment)?,
                }),
                SignupMode::Open | SignupMode::Closed => None,
            },
            site,
            accounts: Accounts::new(&client, environment)?,
            sessions: LiveSessions::new(&client, environment)?,
        })
    }

    async fn show_form(&self, request: &Request) -> Result<Response, Error> {
        if let Some((by_email, token)) = self.by_email.as_ref().zip(request.query("token")) {
            return self.show_second(request, by_email, &token).await;
        }
        let return_to = self.site.return_to_of_query(request);
        if self.sessions.find(request.presented.as_ref(), request.now).await?.is_some() {
            return Ok(Response::return_to(return_to.as_ref()));
        }
        match &self.by_email {
            Some(_) => self.address_page(request, Form::empty(&by_email::ADDRESS)),
            None => self.page(request, Form::empty(&FIELDS), return_to),
        }
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
        let return_to = self.site.return_to_of_form(&input, request);
        let new = NewAccount::parse(input, request, &self.reserved, &self.passwords)?;
        let user = User::new(UserId::random()?, &new.username, &new.email, new.name, request.now);
        let [username, _] = user.identifiers();
        let message = Message::ConfirmEmail { user_id: user.user_id.clone() };
        let mail = Mail::new(message, &request.client_info(), request.now)?;
        let (password, address, kind) = (&new.password, Address::Typed(&mail), new.kind);
        let attempt = Attempt { user: &user, password, address, kind, return_to };
        let signed_up = self.sign_up(request, attempt).await;
        let response = failure::about(&username, signed_up)?;
        Ok(response.with_mail(self.site.layout.has_mail.then_some(mail.mail_id.as_str())))
    }

    async fn sign_up(&self, request: &Request, attempt: Attempt<'_>) -> Result<Response, Failure> {
        let Attempt { user, password, address, kind, return_to } = attempt;
        self.limiter.attempt(request.source_ip(), request.now).await?;
        let password_hash = self.hasher.hash(password)?;

        let (user_id, client) = (user.user_id.clone(), request.client_info());
        let new = NewSession::new(user_id, user.epoch, client, self.lifetimes, request.now)?.of_kind(kind);
        let presented = request.presented.as_ref();
        let sign_up = SignUp {
            user,
            password_hash: Some(&password_hash),
            session: Some(&new.session),
            presented,
            address,
        };
        let created = self.accounts.create(&sign_up).await;
        if matches!(created, Err(Error::Taken { .. })) && self.is_sent_twice(request, user).await {
            return Ok(Response::return_to(return_to.as_ref()));
        }
        if !created? {
            return Err(Code::LinkExpired.into());
        }
        self.failures.forget(user).await;
        let signed_in = SignedIn { user, new: &new, device: None, return_to };
        let response = self.site.signed_in(request, StatusCode::CREATED, signed_in)?;
        // A program that wants a refresh token gets it whatever it accepts.
        Ok(match response.status() {
            StatusCode::CREATED => response.with_header(LOCATION, HeaderValue::from_static("/profile")),
            _ => response,
        })
    }

    /// Whether a browser sent the form a second time, after the first one created the account a moment ago. The request
    /// has the session of that account, and the same username, email and name. Later the user may have typed another
    /// password, so the form no longer counts as the same.
    async fn is_sent_twice(&self, request: &Request, user: &User) -> bool {
        let is_same = |known: User| known.identifiers() == user.identifiers() && known.name == user.name;
        self.just_signed_up(request).await.is_some_and(is_same)
    }

    /// The user of a browser that signed up a moment ago.
    async fn just_signed_up(&self, request: &Request) -> Option<User> {
        const A_MOMENT: Seconds = Seconds(30);
        let presented = request.presented.as_ref().filter(|_| request.format == Format::Html);
        let (_, user) = self.sessions.find(presented, request.now).await.ok()??;
        (request.now - user.created_at <= A_MOMENT).then_some(user)
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
            Action::Submit => match &self.by_email {
                Some(by_email) => self.submit_by_email(request, by_email).await,
                None => self.submit(request).await,
            },
        }
    }

    fn form_with_errors(&self, action: Action, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        match action {
            Action::Form => None,
            Action::Submit if self.by_email.is_some() => self.by_email_with_errors(request, problem),
            Action::Submit => {
                let typed = body::read(request).ok()?;
                let return_to = self.site.return_to_of_form(&typed, request);
                self.page(request, Form::with_errors(&FIELDS, &typed, problem), return_to).ok()
            }
        }
    }
}

/// The fields of the form. The username is above the password, where a password manager looks for it.
const FIELDS: [&str; 4] = ["email", "name", "username", "password"];
