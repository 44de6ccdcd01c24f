//! What a Lambda function with routes is.

use std::fmt::Debug;

use crate::error::Error;
use crate::http::failure::Failure;
use crate::http::problem::Problem;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::route::Route;
use crate::http::site::Site;
use crate::session::presented::PresentedSession;
use crate::time::Timestamp;

/// A Lambda function: its routes, and what it does.
pub trait Function: Sync {
    /// What a request can ask it to do. A small enum, so that [`Function::handle`] is an exhaustive `match`.
    type Action: Copy + Debug + Send + Sync + 'static;

    /// All its routes. The same-origin check guards every one but GET.
    const ROUTES: &'static [Route<Self::Action>];

    /// The site that it is a part of.
    fn site(&self) -> &Site;

    /// Makes the first call to the database, for a session that does not exist, so that no request waits for the
    /// connection. Lambda lends a starting execution environment more CPU than it has afterwards.
    ///
    /// # Errors
    /// Those of the call.
    fn warm(
        &self,
        nonexistent: &PresentedSession,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Does what a request asks for. The edge has checked everything by now that does not need the body.
    fn handle(
        &self,
        action: Self::Action,
        request: &Request,
    ) -> impl Future<Output = Result<Response, Failure>> + Send;

    /// The page that shows a failure of [`Function::handle`] to a person, where it is not the error page: a form with
    /// what was typed.
    fn form_with_errors(
        &self,
        _action: Self::Action,
        _request: &Request,
        _problem: &Problem<'_>,
    ) -> Option<Response> {
        None
    }
}
