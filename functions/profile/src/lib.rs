//! The home page, the profile, and the answer to every path that no function has.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /` | links to what can be done next | the same page |
//! | `GET /profile` | the profile; without a live session 303 to `/login` | 200 with the user and the session, or 401 |
//!
//! A profile that is asked for after the active period renews the session.

use askama::Template;
use shared::account::User;
use shared::aws::Aws;
use shared::config::{ConfigError, Environment};
use shared::error::Error;
use shared::http::page::Frame;
use shared::http::request::{Format, Request};
use shared::http::response::{Response, StatusCode};
use shared::http::route::Route;
use shared::http::serve::Function;
use shared::http::site::Site;
use shared::session::{Lifetimes, Presented, Session};
use shared::store::{Renewal, Sessions, Users};
use shared::time::Timestamp;

/// What the profile needs.
#[derive(Debug)]
pub struct Profile {
    site: Site,
    lifetimes: Lifetimes,
    sessions: Sessions,
    users: Users,
}

impl Profile {
    /// The profile as the environment configures it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::of(environment)?;
        let client = shared::store::client(&aws);
        Ok(Self {
            site: Site::of(environment, &aws)?,
            lifetimes: Lifetimes::from_environment(environment)?,
            sessions: Sessions::new(&client, environment)?,
            users: Users::new(&client, environment)?,
        })
    }

    async fn home(&self, request: &Request) -> Result<Response, Error> {
        let presented = self.site.cookies.presented(request);
        let live = self.sessions.session_find_live(&self.users, presented.as_ref(), request.now).await?;
        let name = live.map(|(_, user)| user.name.unwrap_or(user.username));
        let frame = &self.site.frame;
        frame.page(StatusCode::OK, &HomePage { frame, name })
    }

    async fn profile(&self, request: &Request) -> Result<Response, Error> {
        match self.show(request).await {
            Err(Error::Unauthenticated) if request.format == Format::Html => {
                Ok(Response::see_other("/login"))
            }
            shown => shown,
        }
    }

    async fn show(&self, request: &Request) -> Result<Response, Error> {
        let presented = self.site.cookies.presented(request).ok_or(Error::Unauthenticated)?;
        let live = self.sessions.session_find_live(&self.users, Some(&presented), request.now).await?;
        let (session, user) = live.ok_or(Error::Unauthenticated)?;
        let (session, cookie) = self.renew(request, &presented, session, &user).await?;
        let frame = &self.site.frame;
        let response = match request.format {
            Format::Html => frame.page(StatusCode::OK, &ProfilePage { frame, user: &user })?,
            Format::Json => Response::account(StatusCode::OK, &user, &session)?,
        };
        Ok(match cookie {
            Some(cookie) => response.with_cookie(cookie),
            None => response,
        })
    }

    /// The session as it is from now on, with a fresh cookie if this request renewed it.
    async fn renew(
        &self,
        request: &Request,
        presented: &Presented,
        session: Session,
        user: &User,
    ) -> Result<(Session, Option<String>), Error> {
        let Some(renewed) = session.renewed(self.lifetimes, request.now).filter(|_| !request.is_head())
        else {
            return Ok((session, None));
        };
        match self.sessions.session_renew(&session, &renewed, request.now).await {
            Ok(Renewal::Renewed) => {
                let cookie = self.site.cookies.issue(&renewed, &presented.secret, &user.role, request.now)?;
                Ok((renewed, Some(cookie)))
            }
            Ok(Renewal::Raced(found)) => Ok((found, None)),
            Ok(Renewal::Gone) => Err(Error::Unauthenticated),
            Err(error) => {
                // The session lives on until its idle end, and the next request tries again.
                tracing::warn!(request_id = request.id, "a session could not be renewed: {error}");
                Ok((session, None))
            }
        }
    }
}

impl Function for Profile {
    const ROUTES: &'static [Route] = &[Route::page("GET", "/"), Route::new("GET", "/profile")];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nobody: &Presented, now: Timestamp) -> Result<(), Error> {
        self.sessions.session_find_live(&self.users, Some(nobody), now).await.map(drop)
    }

    async fn handle(&self, request: &Request) -> Result<Response, Error> {
        match request.path() {
            "/" => self.home(request).await,
            _ => self.profile(request).await,
        }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    frame: &'a Frame,
    /// Who is signed in, as they want to be called.
    name: Option<String>,
}

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage<'a> {
    frame: &'a Frame,
    user: &'a User,
}
