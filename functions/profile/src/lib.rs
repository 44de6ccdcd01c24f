//! The home page, the profile, and the response to every path that no function has.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /` | the home page, with links to the next steps | the same page |
//! | `GET /profile` | the profile, or 303 to `/login` without an active session | 200 with user and session, or 401 |
//!
//! A browser that comes from a login or a sign-up should have a cookie. If it has none, a page with 401 says that it
//! did not keep it.
//!
//! A request for the profile renews the session after its active period. HEAD never does.

use askama::Template;
use latchkey::account::User;
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{Failure, Format, Function, Request, Response, Route, Site, StatusCode, View};
use latchkey::session::{Lifetimes, PresentedSession};
use latchkey::store::{LiveSessions, Sessions};
use latchkey::time::Timestamp;

/// What the profile and the home page need.
#[derive(Debug)]
pub struct Profile {
    site: Site,
    lifetimes: Lifetimes,
    live_sessions: LiveSessions,
    sessions: Sessions,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The home page.
    Home,
    /// The profile.
    Show,
}

impl Profile {
    /// The function that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = latchkey::store::client(&aws);
        Ok(Self {
            site: Site::from_environment(environment, &aws)?,
            lifetimes: Lifetimes::from_environment(environment)?,
            live_sessions: LiveSessions::new(&client, environment)?,
            sessions: Sessions::new(&client, environment)?,
        })
    }

    async fn home(&self, request: &Request) -> Result<Response, Error> {
        let found = self.live_sessions.find(request.presented.as_ref(), request.now).await?;
        let name = found.map(|(_, user)| user.name.unwrap_or(user.username));
        let layout = &self.site.view(request);
        layout.page(StatusCode::OK, &HomePage { layout, name })
    }

    async fn show(&self, request: &Request) -> Result<Response, Failure> {
        let presented = request.presented.as_ref().ok_or(Code::Unauthenticated)?;
        let found = self.live_sessions.find(Some(presented), request.now).await?;
        let (session, user) = found.ok_or(Code::Unauthenticated)?;
        let session = if request.is_head() {
            session
        } else {
            let renewed = self.sessions.renew_if_due(session, self.lifetimes, request.now, &request.id).await;
            renewed.ok_or(Code::Unauthenticated)?
        };
        let layout = &self.site.view(request);
        let response = match request.format {
            Format::Html => layout.page(StatusCode::OK, &ProfilePage { layout, user: &user })?,
            Format::Json => Response::account(StatusCode::OK, &user, &session, None)?,
        };
        Ok(self.site.with_newer_cookie(response, presented, (&session, &user), request.now)?)
    }
}

impl Function for Profile {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] =
        &[Route::page("/", Action::Home), Route::get("/profile", Action::Show).for_trusted_origins()];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.live_sessions.find(Some(nonexistent), now).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match action {
            Action::Home => Ok(self.home(request).await?),
            Action::Show => self.show(request).await,
        }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    layout: &'a View<'a>,
    /// The display name of the signed-in user, or else the username.
    name: Option<String>,
}

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage<'a> {
    layout: &'a View<'a>,
    user: &'a User,
}
