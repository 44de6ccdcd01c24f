//! The account of a user: another display name, another username, a copy of the data, and the end of the account.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /profile/name` | the form | the same |
//! | `POST /profile/name` | 303 to `/profile`, or the form again | 200 with the user and the session, or a problem |
//! | `GET /profile/username` | the form | the same |
//! | `POST /profile/username` | 303 to `/profile`, or the form again | 200 with the user and the session, or a problem |
//! | `GET /profile/data` | a download | 200 with the same |
//! | `GET /profile/delete` | the form | the same |
//! | `POST /profile/delete` | 303 to `/`, or the form again | 204, or a problem |
//!
//! Without an active session, a browser gets a 303 to `/login`. All but a display name wants a fresh one: otherwise a
//! browser gets a 303 to `/confirm`.
//!
//! A former username is held for 30 days, so no one else pretends to be its user. The user of a deleted account with a
//! confirmed email address can take it back for seven days.

mod data;
mod deletion;
mod names;
mod page;

use latchkey::account::{ReservedUsernames, User};
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{Failure, Form, Function, Problem, Request, Response, Route, Site, body, fresh};
use latchkey::session::{Freshness, Lifetimes, PresentedSession, Session};
use latchkey::store::{Accounts, ChangeLimiter, Credentials, LiveSessions, Sessions};
use latchkey::time::Timestamp;

/// How often a change is tried while other requests change the user.
const TRIES: usize = 3;

/// What changes of an account need.
#[derive(Debug)]
pub struct OwnAccount {
    site: Site,
    lifetimes: Lifetimes,
    freshness: Freshness,
    reserved: ReservedUsernames,
    changes: ChangeLimiter,
    credentials: Credentials,
    live_sessions: LiveSessions,
    sessions: Sessions,
    accounts: Accounts,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The form for a display name.
    NameForm,
    /// Another display name.
    Name,
    /// The form for a username.
    UsernameForm,
    /// Another username.
    Username,
    /// A copy of the data.
    Data,
    /// The form that deletes the account.
    DeletionForm,
    /// The end of the account.
    Delete,
}

impl OwnAccount {
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
            reserved: ReservedUsernames::from_environment(environment)?,
            changes: ChangeLimiter::new(&client, &site.keys, environment)?,
            site,
            credentials: Credentials::new(&client, environment)?,
            live_sessions: LiveSessions::new(&client, environment)?,
            sessions: Sessions::new(&client, environment)?,
            accounts: Accounts::new(&client, environment)?,
        })
    }

    /// The active session of a request, and its user.
    async fn find(&self, request: &Request) -> Result<(Session, User), Failure> {
        let found = self.live_sessions.find(request.presented.as_ref(), request.now).await?;
        Ok(found.ok_or(Code::Unauthenticated)?)
    }

    /// The same, if the session is fresh.
    async fn find_fresh(&self, request: &Request) -> Result<(Session, User), Failure> {
        let found = self.live_sessions.find(request.presented.as_ref(), request.now).await?;
        fresh(found, self.freshness, request.now)
    }

    /// Changes a user, again with the user of now while other requests change it. `change` returns `None` if the user
    /// has changed since it was read.
    async fn change<T, F>(
        &self,
        request: &Request,
        mut user: User,
        change: impl Fn(User) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<Option<T>, Failure>>,
    {
        for _ in 0..TRIES {
            if let Some(changed) = change(user).await? {
                return Ok(changed);
            }
            (_, user) = self.find(request).await?;
        }
        Err(Error::user_kept_changing().into())
    }
}

impl Function for OwnAccount {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] = &[
        Route::page("/profile/name", Action::NameForm),
        Route::post("/profile/name", Action::Name).logged_as("name_changed"),
        Route::page("/profile/username", Action::UsernameForm),
        Route::post("/profile/username", Action::Username).logged_as("username_changed"),
        Route::get("/profile/data", Action::Data).logged_as("data_exported"),
        Route::page("/profile/delete", Action::DeletionForm),
        Route::post("/profile/delete", Action::Delete).logged_as("account_deleted"),
    ];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.live_sessions.find(Some(nonexistent), now).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match action {
            Action::NameForm => self.show_name(request).await,
            Action::Name => self.change_name(request).await,
            Action::UsernameForm => self.show_username(request).await,
            Action::Username => self.change_username(request).await,
            Action::Data => self.data(request).await,
            Action::DeletionForm => self.show_deletion(request).await,
            Action::Delete => self.delete(request).await,
        }
    }

    fn form_with_errors(&self, action: Action, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        if matches!(problem.code, Code::Unauthenticated | Code::ConfirmationRequired) {
            return None;
        }
        let typed = body::read(request).ok()?;
        let page = match action {
            Action::NameForm | Action::UsernameForm | Action::Data | Action::DeletionForm => return None,
            Action::Name => self.name_page(request, Form::with_errors(&names::NAME, &typed, problem), ""),
            Action::Username => {
                let form = Form::with_errors(&names::USERNAME, &typed, problem);
                self.username_page(request, form, typed.shown("present"))
            }
            Action::Delete => {
                let form = Form::with_errors(&deletion::FIELDS, &typed, problem);
                self.deletion_page(request, form, typed.form_value("confirmed") == Some("1"))
            }
        };
        page.ok()
    }
}
