//! The sessions of a user: the list, the end of one, and the end of all others.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /profile/sessions` | the list | 200 and the list |
//! | `POST /profile/sessions/end` | 303 to the list | 204, or a problem |
//! | `POST /profile/sessions/end-others` | 303 to the list | 204, or a problem |
//!
//! Without an active session, a browser gets a 303 to `/login`. To end a session wants a fresh one (ASVS 5.0, 7.5.2):
//! otherwise a browser gets a 303 to `/confirm`.
//!
//! The id of a session in the list is the hash of its secret, so it lets no one in. A session is ended by the presented
//! session's own user and that id, so no user can end the session of another.

mod list;

use latchkey::account::User;
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{
    Failure, Format, Function, Notice, Request, Response, Route, Site, StatusCode, body, fresh,
};
use latchkey::secret::SecretHash;
use latchkey::session::{Freshness, Lifetimes, PresentedSession, Session};
use latchkey::store::{Accounts, Change, ChangeLimiter, LiveSessions, Sessions};
use latchkey::time::Timestamp;

use crate::list::{List, ListPage};

/// How often the end of all others is tried while other requests change the user or the session.
const TRIES: usize = 3;

/// What the list and the end of sessions need.
#[derive(Debug)]
pub struct OwnSessions {
    site: Site,
    lifetimes: Lifetimes,
    freshness: Freshness,
    changes: ChangeLimiter,
    live_sessions: LiveSessions,
    sessions: Sessions,
    accounts: Accounts,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The list.
    List,
    /// The end of one session.
    End,
    /// The end of all others.
    EndOthers,
}

impl OwnSessions {
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
            changes: ChangeLimiter::new(&client, &site.keys, environment)?,
            site,
            live_sessions: LiveSessions::new(&client, environment)?,
            sessions: Sessions::new(&client, environment)?,
            accounts: Accounts::new(&client, environment)?,
        })
    }

    async fn list(&self, request: &Request) -> Result<Response, Failure> {
        let (session, user) = self.find(request).await?;
        let found = self.sessions.list(&user, request.now).await?;
        let list = &List::new(&found, &session);
        let layout = &self.site.view(request);
        Ok(match request.format {
            Format::Html => layout.page(StatusCode::OK, &ListPage { layout, list })?,
            Format::Json => Response::json(StatusCode::OK, list)?,
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

    async fn end(&self, request: &Request) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        let id = input.required("session", |text| Ok(SecretHash::parse(text)));
        let id = input.finish(id)?;
        let (session, user) = self.find_fresh(request).await?;
        let is_page = request.format == Format::Html;
        let has_ended = match &id {
            Some(id) => {
                let deleted = self.sessions.delete_of(&user.user_id, id).await?;
                // An earlier attempt of this call, whose response was lost, may have deleted the item.
                deleted.session.is_some() || deleted.retried
            }
            None => false,
        };
        // A user who presses a button twice sees what they wanted.
        if !has_ended && !is_page {
            return Err(Code::NotFound.into());
        }
        let is_own = id.as_ref() == Some(&session.session_id);
        let response = if is_page {
            self.site.see(if is_own { "/login" } else { "/profile/sessions" }, Notice::SessionEnded)
        } else {
            Response::empty(StatusCode::NO_CONTENT)
        };
        let cleared = is_own.then(|| self.site.cookies.clear(request.now)).into_iter().flatten();
        Ok(cleared.fold(response, Response::with_cookie))
    }

    async fn end_others(&self, request: &Request) -> Result<Response, Failure> {
        let (mut session, mut user) = self.find_fresh(request).await?;
        self.changes.attempt(Change::Sessions, &user.user_id, request.now).await?;
        for _ in 0..TRIES {
            if let Some(user) =
                self.accounts.end_sessions(&user, user.next_version(), Some(&session), request.now).await?
            {
                let response = match request.format {
                    Format::Html => self.site.see("/profile/sessions", Notice::SessionsEnded),
                    Format::Json => Response::empty(StatusCode::NO_CONTENT),
                };
                let device = self.site.known_device(&user, None, self.lifetimes, request.now)?;
                return Ok(response.with_cookie(device));
            }
            (session, user) = self.find(request).await?;
        }
        Err(Error::user_kept_changing().into())
    }
}

impl Function for OwnSessions {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] = &[
        Route::get("/profile/sessions", Action::List),
        Route::post("/profile/sessions/end", Action::End).logged_as("session_ended"),
        Route::post("/profile/sessions/end-others", Action::EndOthers).logged_as("sessions_ended"),
    ];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.live_sessions.find(Some(nonexistent), now).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match action {
            Action::List => self.list(request).await,
            Action::End => self.end(request).await,
            Action::EndOthers => self.end_others(request).await,
        }
    }
}
