//! Logout.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `POST /logout` | 303 to `/` | 204, or 401 without an active session |
//!
//! These responses clear the session cookie, unless a request without a body had no session. If the database does not
//! respond, the response is a 503, and the browser keeps the cookie. The session may still exist then, and the user can
//! try again.

use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::{self, Code};
use latchkey::http::{Failure, Format, Function, Request, Response, Route, Site, StatusCode};
use latchkey::session::PresentedSession;
use latchkey::store::Sessions;
use latchkey::time::Timestamp;

/// What logout needs.
#[derive(Debug)]
pub struct Logout {
    site: Site,
    sessions: Sessions,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// A logout.
    Submit,
}

impl Logout {
    /// The function that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = latchkey::store::client(&aws);
        Ok(Self {
            site: Site::from_environment(environment, &aws)?,
            sessions: Sessions::new(&client, environment)?,
        })
    }

    async fn submit(&self, request: &Request) -> Result<Response, Error> {
        let had_session = self.log_out(request).await?;
        let response = match request.format {
            Format::Html => Response::see_other("/"),
            Format::Json if had_session => Response::empty(StatusCode::NO_CONTENT),
            Format::Json => {
                problem::respond(&Code::Unauthenticated.into(), request, &self.site.layout, |_| None)
            }
        };
        if request.is_bodiless() && !had_session {
            // Another site may have sent it in an old browser, without the cookies that the response would delete.
            return Ok(response);
        }
        Ok(self.site.cookies.clear(request.now).into_iter().fold(response, Response::with_cookie))
    }

    /// Ends the presented session. Whether there was one that had not expired.
    async fn log_out(&self, request: &Request) -> Result<bool, Error> {
        let Some(presented) = &request.presented else { return Ok(false) };
        let deleted = self.sessions.delete(presented).await?;
        Ok(match deleted.session {
            Some(session) => !session.is_expired(request.now),
            // An earlier attempt of the call may have deleted it.
            None => deleted.retried,
        })
    }
}

impl Function for Logout {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] =
        &[Route::post("/logout", Action::Submit).accepting_bodiless().for_trusted_origins()];

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
