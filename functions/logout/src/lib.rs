//! Log-out.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `POST /logout` | 303 to `/` | 204, or 401 when there was no live session |
//!
//! The cookie is cleared in every case but one: while the database does not answer, the session may
//! still be there, so its holder keeps the cookie and can try again.

use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::{self, Code};
use latchkey::http::{Failure, Format, Function, Request, Response, Route, Site, StatusCode};
use latchkey::session::PresentedSession;
use latchkey::store::Sessions;
use latchkey::time::Timestamp;

/// What log-out needs.
#[derive(Debug)]
pub struct Logout {
    site: Site,
    sessions: Sessions,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// A log-out.
    Submit,
}

impl Logout {
    /// Log-out as the environment configures it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = latchkey::store::client(&aws);
        Ok(Self {
            site: Site::from_environment(environment, &aws)?,
            sessions: Sessions::new(&client, environment)?,
        })
    }

    async fn submit(&self, request: &Request) -> Result<Response, Error> {
        let was_live = self.log_out(request).await?;
        let response = match request.format {
            Format::Html => Response::see_other("/"),
            Format::Json if was_live => Response::empty(StatusCode::NO_CONTENT),
            Format::Json => {
                problem::respond(&Code::Unauthenticated.into(), request, &self.site.layout, |_| None)
            }
        };
        Ok(self.site.cookies.clear(request.now).into_iter().fold(response, Response::with_cookie))
    }

    /// Ends the presented session; whether it was live.
    async fn log_out(&self, request: &Request) -> Result<bool, Error> {
        let Some(presented) = &request.presented else { return Ok(false) };
        let deleted = self.sessions.delete(presented).await?;
        Ok(match deleted.session {
            Some(session) => !session.is_expired(request.now),
            // The first attempt may have deleted it.
            None => deleted.retried,
        })
    }
}

impl Function for Logout {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] = &[Route::post("/logout", Action::Submit)];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nonexistent: &PresentedSession, _: Timestamp) -> Result<(), Error> {
        self.sessions.delete(nonexistent).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match action {
            Action::Submit => Ok(self.submit(request).await?),
        }
    }
}
