//! Log-out.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `POST /logout` | 303 to `/` | 204, or 401 when there was no live session |
//!
//! The cookie is cleared in every case but one: while the database does not answer, the session may
//! still be there, so its holder keeps the cookie and can try again.

use shared::aws::Aws;
use shared::config::{ConfigError, Environment};
use shared::error::Error;
use shared::http::problem;
use shared::http::request::{Format, Request};
use shared::http::response::{Response, StatusCode};
use shared::http::route::Route;
use shared::http::serve::Function;
use shared::http::site::Site;
use shared::session::Presented;
use shared::store::Sessions;
use shared::time::Timestamp;

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
        let aws = Aws::of(environment)?;
        let client = shared::store::client(&aws);
        Ok(Self { site: Site::of(environment, &aws)?, sessions: Sessions::new(&client, environment)? })
    }

    /// Ends the presented session; whether it was live.
    async fn log_out(&self, request: &Request) -> Result<bool, Error> {
        let Some(presented) = self.site.cookies.presented(request) else { return Ok(false) };
        let deleted = self.sessions.session_delete(&presented).await?;
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

    async fn warm(&self, nobody: &Presented, _: Timestamp) -> Result<(), Error> {
        self.sessions.session_delete(nobody).await.map(drop)
    }

    async fn handle(&self, request: &Request) -> Result<Response, Error> {
        let was_live = self.log_out(request).await?;
        let response = match request.format {
            Format::Html => Response::see_other("/"),
            Format::Json if was_live => Response::empty(StatusCode::NO_CONTENT),
            Format::Json => problem::answer(&Error::Unauthenticated, request, &self.site.frame, |_| None),
        };
        Ok(self.site.cookies.clear(request.now).into_iter().fold(response, Response::with_cookie))
    }
}
