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
use latchkey::http::problem;
use latchkey::http::request::{Format, Request};
use latchkey::http::response::{Response, StatusCode};
use latchkey::http::route::Route;
use latchkey::http::serve::Function;
use latchkey::http::site::Site;
use latchkey::session::PresentedSession;
use latchkey::store::Sessions;
use latchkey::time::Timestamp;

/// What log-out needs.
#[derive(Debug)]
pub struct Logout {
    site: Site,
    sessions: Sessions,
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

    /// Ends the presented session; whether it was live.
    async fn log_out(&self, request: &Request) -> Result<bool, Error> {
        let Some(presented) = self.site.cookies.presented(request) else { return Ok(false) };
        let deleted = self.sessions.delete(&presented).await?;
        Ok(match deleted.session {
            Some(session) => !session.is_expired(request.now),
            // The first attempt may have deleted it.
            None => deleted.retried,
        })
    }
}

impl Function for Logout {
    const ROUTES: &'static [Route] = &[Route::new("POST", "/logout")];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nobody: &PresentedSession, _: Timestamp) -> Result<(), Error> {
        self.sessions.delete(nobody).await.map(drop)
    }

    async fn handle(&self, request: &Request) -> Result<Response, Error> {
        let was_live = self.log_out(request).await?;
        let response = match request.format {
            Format::Html => Response::see_other("/"),
            Format::Json if was_live => Response::empty(StatusCode::NO_CONTENT),
            Format::Json => problem::respond(&Error::Unauthenticated, request, &self.site.layout, |_| None),
        };
        Ok(self.site.cookies.clear(request.now).into_iter().fold(response, Response::with_cookie))
    }
}
