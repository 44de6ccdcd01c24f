//! Proof of an email address: of that of a user, or of the one that the user wants instead.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /profile/email` | the form for another address | the same |
//! | `POST /profile/email` | 303 to `/profile`, and a mail to the new address | 202 and the mail, or a problem |
//! | `GET /verify` | a page with a button, or one that says what is missing | the same page |
//! | `POST /verify` | 303 to `/profile`, or the page again | 200 with the user and the session, or a problem |
//! | `POST /profile/verify` | 303 to `/profile`, and another mail | 202 and another mail, or a problem |
//!
//! The link in a mail shows a button, and changes nothing: scanners of mail open links, and some run scripts. The
//! button works in a session of the user for whom the mail was made, and once. So who confirms an address is who chose
//! the password, and no stranger has an address confirmed by the click of its owner.
//!
//! Another address becomes that of the user by the button, not before. So no one gives an account away by a typing
//! error. The former address, if it was confirmed, gets a mail, and can undo the change for seven days.
//!
//! Where mail is off, the paths are unknown ones to every method.

mod change;
mod page;
mod send;

use latchkey::account::User;
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{
    Failure, Form, Format, Function, Notice, Problem, Request, Response, Route, Site, StatusCode, body,
};
use latchkey::proof::{Proof, Purpose};
use latchkey::secret::BearerSecret;
use latchkey::session::{Freshness, Lifetimes, PresentedSession, Session};
use latchkey::store::{
    Accounts, ChangeLimiter, Credentials, LiveSessions, MailRequestLimiter, Mails, Proofs, Redemption,
};
use latchkey::time::Timestamp;

use crate::page::{State, VerifyPage};

/// How often a confirmation is tried while other requests change the user.
const TRIES: usize = 3;

/// What the proof of an address needs.
#[derive(Debug)]
pub struct Email {
    site: Site,
    lifetimes: Lifetimes,
    freshness: Freshness,
    sessions: LiveSessions,
    accounts: Accounts,
    credentials: Credentials,
    proofs: Proofs,
    /// `None` where mail is off.
    mails: Option<Mails>,
    limiter: MailRequestLimiter,
    changes: ChangeLimiter,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The page behind the link.
    Show,
    /// To confirm the address.
    Confirm,
    /// Another mail with a link.
    Resend,
    /// The form for another address.
    Form,
    /// A mail to another address.
    Change,
}

impl Email {
    /// The function that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = latchkey::store::client(&aws);
        let site = Site::from_environment(environment, &aws)?;
        Ok(Self {
            lifetimes: Lifetimes::from_environment(environment)?,
            freshness: Freshness::from_environment(environment)?,
            sessions: LiveSessions::new(&client, environment)?,
            credentials: Credentials::new(&client, environment)?,
            changes: ChangeLimiter::new(&client, &site.keys, environment)?,
            accounts: Accounts::new(&client, environment)?,
            proofs: Proofs::new(&client, environment)?,
            mails: Mails::if_on(&client, environment),
            limiter: MailRequestLimiter::new(&client, &site.keys, environment)?,
            site,
        })
    }

    async fn show(&self, request: &Request) -> Result<Response, Failure> {
        let token = request.query("token").unwrap_or_default();
        let Some(secret) = BearerSecret::parse(&token) else {
            return self.page(request, StatusCode::GONE, &State::Dead);
        };
        let (found, proof) = self.read(request, &secret).await?;
        let state = match (found, proof) {
            (Some((_, user)), None) if user.email_verified_at.is_some() => State::Confirmed,
            (_, None) => State::Dead,
            (None, Some(_)) => State::log_in(&token),
            (Some((_, user)), Some(proof)) if proof.user_id.as_ref() != Some(&user.user_id) => {
                State::OtherAccount
            }
            (Some((_, user)), Some(proof)) if !counts(&proof, &user) => {
                // Another link for the same address was faster.
                let is_done = proof.email == user.email && user.email_verified_at.is_some();
                if is_done { State::Confirmed } else { State::Dead }
            }
            (Some((_, user)), Some(proof)) => {
                if proof.purpose == Purpose::ChangeEmail {
                    change::stays(&user, request.now)?;
                }
                let email = proof.email_shown.unwrap_or_else(|| user.email_shown().to_owned());
                State::Ready { email, token }
            }
        };
        self.page(request, state.status(), &state)
    }

    /// The session of a request, and the proof of a secret, if it is alive.
    async fn read(
        &self,
        request: &Request,
        secret: &BearerSecret,
    ) -> Result<(Option<(Session, User)>, Option<Proof>), Error> {
        let session = self.sessions.find(request.presented.as_ref(), request.now);
        let proof = self.proofs.find(secret, &[Purpose::Verify, Purpose::ChangeEmail], request.now);
        tokio::try_join!(session, proof)
    }

    fn page(&self, request: &Request, status: StatusCode, state: &State) -> Result<Response, Failure> {
        let layout = &self.site.view(request);
        Ok(layout.page(status, &VerifyPage { layout, state })?)
    }

    async fn confirm(&self, request: &Request) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        let token = input.required("token", |text| Ok(text.to_owned()));
        let secret = BearerSecret::parse(&input.finish(token)?).ok_or(Code::LinkExpired)?;
        let (found, proof) = self.read(request, &secret).await?;
        let proof = proof.ok_or(Code::LinkExpired)?;
        let (session, user) = found.ok_or(Code::Unauthenticated)?;
        if proof.user_id.as_ref() != Some(&user.user_id) {
            return Err(Code::WrongAccount.into());
        }
        if proof.purpose == Purpose::ChangeEmail {
            return self.change(request, (session, user), &proof).await;
        }
        let user = self.verify(request, user, &proof).await?;
        Ok(match request.format {
            Format::Html => self.site.see("/profile", Notice::EmailConfirmed),
            Format::Json => Response::account(StatusCode::OK, &user, &session, None)?,
        })
    }

    /// Confirms the address of a proof for this user, and returns the user with it.
    async fn verify(&self, request: &Request, mut user: User, proof: &Proof) -> Result<User, Failure> {
        for _ in 0..TRIES {
            if !counts(proof, &user) {
                return Err(Code::LinkExpired.into());
            }
            match self.accounts.verify_email(&user, proof, request.now).await? {
                Redemption::Done(user) => return Ok(*user),
                Redemption::Dead => return Err(Code::LinkExpired.into()),
                Redemption::Changed => {}
            }
            let found = self.sessions.find(request.presented.as_ref(), request.now).await?;
            (_, user) = found.ok_or(Code::Unauthenticated)?;
            // Another link for the same address was faster.
            if user.email_verified_at.is_some() && user.email == proof.email {
                return Ok(user);
            }
        }
        Err(Error::user_kept_changing().into())
    }
}

/// Whether a proof still counts for a user: it is for the user's address, or changes it to another one, and the user's
/// epoch is the same as when the mail was asked for.
fn counts(proof: &Proof, user: &User) -> bool {
    match proof.purpose {
        Purpose::ChangeEmail => proof.epoch == Some(user.epoch) && proof.email != user.email,
        _ => proof.email == user.email,
    }
}

impl Function for Email {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] = &[
        Route::page("/verify", Action::Show).holding_a_token(),
        Route::post("/verify", Action::Confirm).holding_a_token().logged_as("email_verified"),
        Route::post("/profile/verify", Action::Resend).accepting_bodiless(),
        Route::page("/profile/email", Action::Form),
        Route::post("/profile/email", Action::Change),
    ];

    fn site(&self) -> &Site {
        &self.site
    }

    fn has_routes(&self) -> bool {
        self.mails.is_some()
    }

    async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.sessions.find(Some(nonexistent), now).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match (action, &self.mails) {
            (Action::Show, _) => self.show(request).await,
            (Action::Confirm, _) => self.confirm(request).await,
            (Action::Resend, Some(mails)) => self.resend(request, mails).await,
            (Action::Form, _) => self.show_form(request).await,
            (Action::Change, Some(mails)) => self.ask(request, mails).await,
            (Action::Resend | Action::Change, None) => Err(Code::NotFound.into()),
        }
    }

    fn form_with_errors(&self, action: Action, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        let token = || Some(body::read(request).ok()?.shown("token").to_owned());
        let state = match (action, problem.code) {
            (Action::Confirm, Code::LinkExpired | Code::InvalidInput) => State::Dead,
            (Action::Confirm, Code::WrongAccount) => State::OtherAccount,
            (Action::Confirm, Code::Unauthenticated) => State::log_in(&token()?),
            (Action::Confirm, Code::EmailTaken) => State::Taken,
            (_, Code::EmailChangedRecently) => State::Stays { explanation: problem.explanation() },
            (Action::Change, Code::Unauthenticated | Code::ConfirmationRequired) => return None,
            (Action::Change, _) => {
                let typed = body::read(request).ok()?;
                let form = Form::with_errors(&change::FIELDS, &typed, problem);
                return self.form_page(request, form, typed.shown("present")).ok();
            }
            _ => return None,
        };
        self.page(request, problem.status, &state).ok()
    }
}
