//! Recovery: a new password by the link of a mail.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /forgot` | the form | the same page |
//! | `POST /forgot` | 303 to `/login`, or the form again | 202, or a problem |
//! | `GET /reset` | a form for the new password, or a page that says that the link is dead | the same page |
//! | `POST /reset` | 303 to `/login`, or the page again | 204, or a problem |
//! | `GET /undo` | the same form, for who takes an account back | the same page |
//! | `POST /undo` | 303 to `/login`, or the page again | 204, or a problem |
//!
//! `POST /forgot` looks no one up: it counts, and writes what was typed into the mails table. The mailer finds the
//! account, in its own time. So the response is the same for everyone, and there is nothing that its time could tell.
//!
//! An undo is for the owner of a former email address, or of a deleted account. It also brings the address or the
//! account back.
//!
//! A reset and an undo end all sessions, devices and links of the user, in the transaction that changes the password.
//! They log no one in, but the device is known from then on. So its owner can log in while an attacker keeps guessing
//! elsewhere.
//!
//! Where mail is off, the paths are unknown ones to every method.

mod page;
mod reset;

use latchkey::account::Identifier;
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{
    Failure, Form, Format, Function, Notice, Problem, Request, Response, Route, Site, StatusCode, body,
    failure, typed_identifier,
};
use latchkey::mail::{Mail, Message};
use latchkey::password::{NewPasswords, PasswordHasher};
use latchkey::proof::Purpose;
use latchkey::session::{Lifetimes, PresentedSession};
use latchkey::store::{Accounts, AskedMail, FailureCounters, MailRequestLimiter, Mails, Proofs, Users};
use latchkey::time::Timestamp;

use crate::page::ForgotPage;
pub use crate::reset::Way;

/// What recovery needs.
#[derive(Debug)]
pub struct Recovery {
    /// Hashes the new password.
    pub hasher: PasswordHasher,
    site: Site,
    passwords: NewPasswords,
    lifetimes: Lifetimes,
    limiter: MailRequestLimiter,
    failures: FailureCounters,
    users: Users,
    accounts: Accounts,
    proofs: Proofs,
    /// `None` where mail is off.
    mails: Option<Mails>,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The form that asks for a mail.
    Forgot,
    /// A mail with a link.
    Ask,
    /// The page behind a link.
    Show(Way),
    /// A new password.
    Submit(Way),
}

impl Recovery {
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
            passwords: NewPasswords::from_environment(environment)?,
            lifetimes: Lifetimes::from_environment(environment)?,
            limiter: MailRequestLimiter::new(&client, &site.keys, environment)?,
            failures: FailureCounters::new(&client, &site.keys, environment)?,
            site,
            users: Users::new(&client, environment)?,
            accounts: Accounts::new(&client, environment)?,
            proofs: Proofs::new(&client, environment)?,
            mails: Mails::if_on(&client, environment),
        })
    }

    async fn ask(&self, request: &Request, mails: &Mails) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        let identifier = typed_identifier::take(&mut input);
        let identifier = input.finish(identifier)?;
        failure::about(&identifier, self.write_mail(request, mails, &identifier).await)
    }

    async fn write_mail(
        &self,
        request: &Request,
        mails: &Mails,
        identifier: &Identifier,
    ) -> Result<Response, Error> {
        self.limiter.attempt(AskedMail::Reset, identifier, request.source_ip(), request.now).await?;
        let message = Message::ResetPassword { identifier: identifier.clone() };
        let mail = Mail::new(message, &request.client_info(), request.now)?;
        mails.put(&mail).await?;
        let response = match request.format {
            Format::Html => self.site.see("/login", Notice::ResetAsked),
            Format::Json => Response::empty(StatusCode::ACCEPTED),
        };
        Ok(response.with_mail(Some(mail.mail_id.as_str())))
    }

    fn forgot_page(&self, request: &Request, form: Form<'_>) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        let typed = typed_identifier::typed(&form);
        layout.page(form.status(), &ForgotPage { layout, form, identifier: typed })
    }
}

impl Function for Recovery {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] = &[
        Route::page("/forgot", Action::Forgot),
        Route::post("/forgot", Action::Ask),
        Route::page("/reset", Action::Show(Way::Reset)).holding_a_token(),
        Route::post("/reset", Action::Submit(Way::Reset))
            .holding_a_token()
            .counted("PasswordResets")
            .logged_as("password_reset"),
        Route::page("/undo", Action::Show(Way::Undo)).holding_a_token(),
        Route::post("/undo", Action::Submit(Way::Undo)).holding_a_token().logged_as("account_restored"),
    ];

    fn site(&self) -> &Site {
        &self.site
    }

    fn has_routes(&self) -> bool {
        self.mails.is_some()
    }

    async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.proofs.find(&nonexistent.secret, &[Purpose::Reset], now).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match (action, &self.mails) {
            (Action::Forgot, _) => Ok(self.forgot_page(request, Form::empty(&FORGOT))?),
            (Action::Ask, Some(mails)) => self.ask(request, mails).await,
            (Action::Ask, None) => Err(Code::NotFound.into()),
            (Action::Show(way), _) => self.show(request, way).await,
            (Action::Submit(way), _) => self.reset(request, way).await,
        }
    }

    fn form_with_errors(&self, action: Action, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        let typed = body::read(request).ok()?;
        match action {
            Action::Forgot | Action::Show(_) => None,
            Action::Ask => self.forgot_page(request, Form::with_errors(&FORGOT, &typed, problem)).ok(),
            Action::Submit(way) if problem.code == Code::LinkExpired => self.dead_page(request, way).ok(),
            Action::Submit(way) => {
                let form = Form::with_errors(&reset::FIELDS, &typed, problem);
                let held = [typed.shown("token"), typed.shown("owner")];
                self.reset_page(request, way, form, held).ok()
            }
        }
    }
}

/// The field of the form that asks for a mail.
const FORGOT: [&str; 1] = ["identifier"];
