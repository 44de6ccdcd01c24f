//! The trait of a Lambda function with routes.

use std::fmt::Debug;

use crate::error::Error;
use crate::http::failure::Failure;
use crate::http::floor::Floor;
use crate::http::problem::Problem;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::route::Route;
use crate::http::site::Site;
use crate::session::presented::PresentedSession;
use crate::time::Timestamp;

/// A Lambda function with routes.
pub trait Function: Sync {
    /// What a request can ask for. It is a small enum, so that [`Function::handle`] is an exhaustive `match`.
    type Action: Copy + Debug + Send + Sync + 'static;

    /// All routes of the function. The same-origin check guards every route that is not GET.
    const ROUTES: &'static [Route<Self::Action>];

    /// The site that the function is a part of.
    fn site(&self) -> &Site;

    /// Whether the routes exist. If they do not, every request gets the response to an unknown path.
    fn has_routes(&self) -> bool {
        true
    }

    /// The least time after which the function responds to a wrong password.
    fn floor(&self) -> Floor {
        Floor::default()
    }

    /// Makes a first database call, for a session that does not exist. It opens the connection before a request needs
    /// it, while Lambda gives the starting execution environment more CPU time.
    ///
    /// # Errors
    /// The error of the call.
    fn warm(
        &self,
        nonexistent: &PresentedSession,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Does what a request asks for. The edge has found the route and made the same-origin check already.
    fn handle(
        &self,
        action: Self::Action,
        request: &Request,
    ) -> impl Future<Output = Result<Response, Failure>> + Send;

    /// The page that shows a failure of [`Function::handle`]: the function's form with what the user typed. `None`
    /// shows the error page instead.
    fn form_with_errors(
        &self,
        _action: Self::Action,
        _request: &Request,
        _problem: &Problem<'_>,
    ) -> Option<Response> {
        None
    }
}
