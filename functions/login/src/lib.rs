//! Login, and the confirmation of the password.
//!
//! | route | a browser gets | a program gets |
//! |---|---|---|
//! | `GET /login` | the form, or 303 to `/profile` with an active session | the same |
//! | `POST /login` | 303 to `/profile`, or the form again | 200 with the user and the session, or a problem |
//! | `GET /confirm` | the form, or 303 to `/login` without an active session | the same |
//! | `POST /confirm` | 303 to `/profile`, or the form again | 200 with the user and the session, or a problem |
//!
//! A successful login sets the session cookie and the device cookie. With `return_to` in the query of a form, the user
//! goes on to that path of the site, or of a trusted origin, instead of the profile.
//!
//! A login has two phases of database calls, with one hash between them. The first counts the attempt and reads the
//! credential. The second writes the session and reads the user.
//!
//! An identifier that no account has takes the same steps to the same response as a wrong password. An attempt too many
//! gets a 429 without a hash, whether or not an account has the identifier.
//!
//! A confirmation is a login with the username of the presented session, which it replaces by a fresh one.

mod attempt;
mod page;
mod typed;

use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::return_to::ReturnTo;
use latchkey::http::{
    Failure, Floor, Form, Function, Problem, Request, Response, Route, Site, body, failure, typed_identifier,
};
use latchkey::session::{Lifetimes, PresentedSession};
use latchkey::store::{LiveSessions, LoginVerifier};
use latchkey::time::Timestamp;

use crate::page::{ConfirmPage, LoginPage};
use crate::typed::Typed;

/// What login needs.
#[derive(Debug)]
pub struct Login {
    /// Verifies the password.
    pub verifier: LoginVerifier,
    site: Site,
    lifetimes: Lifetimes,
    sessions: LiveSessions,
    /// Whether users get a mail of a login on an unknown device.
    tells_of_logins: bool,
    floor: Floor,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The form.
    Form,
    /// A login.
    Submit,
    /// The form of a confirmation.
    Confirmation,
    /// A confirmation.
    Confirm,
}

impl Login {
    /// The function that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = latchkey::store::client(&aws);
        let site = Site::from_environment(environment, &aws)?;
        Ok(Self {
            verifier: LoginVerifier::new(&client, &site.keys, environment)?,
            lifetimes: Lifetimes::from_environment(environment)?,
            site,
            sessions: LiveSessions::new(&client, environment)?,
            tells_of_logins: environment.flag("NEW_SIGN_IN_MAILS", true)?,
            floor: Floor::from_environment(environment)?,
        })
    }

    async fn show_form(&self, request: &Request) -> Result<Response, Error> {
        let return_to = self.site.return_to_of_query(request);
        if self.sessions.find(request.presented.as_ref(), request.now).await?.is_some() {
            return Ok(Response::return_to(return_to.as_ref()));
        }
        self.page(request, Form::empty(&FIELDS), return_to)
    }

    fn page(
        &self,
        request: &Request,
        form: Form<'_>,
        return_to: Option<ReturnTo>,
    ) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        let (identifier, shown_at) = (typed_identifier::typed(&form), request.now.as_seconds());
        layout.page(form.status(), &LoginPage { layout, form, identifier, shown_at, return_to })
    }

    async fn submit(&self, request: &Request) -> Result<Response, Failure> {
        let input = body::read(request)?;
        let return_to = self.site.return_to_of_form(&input, request);
        let typed = Typed::parse(input, request, self.site.cookies.logged_out_at(request))?;
        failure::about(&typed.identifier, self.log_in(request, &typed, return_to).await)
    }

    async fn show_confirmation(&self, request: &Request) -> Result<Response, Error> {
        let return_to = self.site.return_to_of_query(request);
        match self.sessions.find(request.presented.as_ref(), request.now).await? {
            Some((_, user)) => {
                self.confirm_page(request, Form::empty(&CONFIRMATION), &user.username, return_to)
            }
            None => Ok(Response::by_way_of("/login", return_to.as_ref())),
        }
    }

    fn confirm_page(
        &self,
        request: &Request,
        form: Form<'_>,
        owner: &str,
        return_to: Option<ReturnTo>,
    ) -> Result<Response, Error> {
        let (layout, shown_at) = (&self.site.view(request), request.now.as_seconds());
        layout.page(form.status(), &ConfirmPage { layout, form, owner, shown_at, return_to })
    }

    async fn confirm(&self, request: &Request) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        let return_to = self.site.return_to_of_form(&input, request);
        let password = typed::password(&mut input, self.site.cookies.logged_out_at(request));
        let password = input.finish(password)?;
        let found = self.sessions.find(request.presented.as_ref(), request.now).await?;
        let (session, user) = found.ok_or(Code::Unauthenticated)?;
        let [identifier, _] = user.identifiers();
        let typed = Typed { identifier, password, kind: session.kind() };
        failure::about(&typed.identifier, self.log_in(request, &typed, return_to).await)
    }
}

impl Function for Login {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] = &[
        Route::page("/login", Action::Form),
        Route::post("/login", Action::Submit).counted("LogIns"),
        Route::page("/confirm", Action::Confirmation),
        Route::post("/confirm", Action::Confirm).logged_as("confirmed"),
    ];

    fn site(&self) -> &Site {
        &self.site
    }

    fn floor(&self) -> Floor {
        self.floor
    }

    async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.sessions.find(Some(nonexistent), now).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match action {
            Action::Form => Ok(self.show_form(request).await?),
            Action::Submit => self.submit(request).await,
            Action::Confirmation => Ok(self.show_confirmation(request).await?),
            Action::Confirm => self.confirm(request).await,
        }
    }

    fn form_with_errors(&self, action: Action, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        let typed = body::read(request).ok()?;
        let return_to = self.site.return_to_of_form(&typed, request);
        let page = match action {
            Action::Form | Action::Confirmation => return None,
            Action::Submit => self.page(request, Form::with_errors(&FIELDS, &typed, problem), return_to),
            Action::Confirm if problem.code == Code::Unauthenticated => {
                return Some(Response::by_way_of("/login", return_to.as_ref()));
            }
            Action::Confirm => {
                let form = Form::with_errors(&CONFIRMATION, &typed, problem);
                self.confirm_page(request, form, typed.shown("owner"), return_to)
            }
        };
        page.ok()
    }
}

/// The fields of the form of a login.
const FIELDS: [&str; 2] = ["identifier", "password"];
/// The field of the form of a confirmation.
const CONFIRMATION: [&str; 1] = ["password"];
