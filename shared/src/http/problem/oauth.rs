//! Problems as OAuth clients read them, too: with the members of RFC 6749, 5.2, and as `application/json`.

use std::borrow::Cow;

use lambda_http::http::StatusCode;
use serde::Serialize;

use crate::error::Error;
use crate::http::body;
use crate::http::problem::Problem;
use crate::http::problem::code::Code;
use crate::http::request::Request;
use crate::http::response::Response;

#[derive(Serialize)]
struct OAuthProblem<'a> {
    #[serde(flatten)]
    problem: &'a Problem<'a>,
    error: &'static str,
    error_description: Cow<'a, str>,
}

/// The problem with the status of RFC 6749, which has one for all that is wrong with a grant.
pub(super) fn with_status<'a>(problem: Problem<'a>, request: &Request) -> Problem<'a> {
    let has_grant = body::read(request).is_ok_and(|input| input.has("grant_type"));
    if !(has_grant && problem.code == Code::InvalidInput) {
        return problem;
    }
    let status = StatusCode::BAD_REQUEST;
    Problem { status, title: status.canonical_reason().unwrap_or_default(), ..problem }
}

/// The response of a route that speaks OAuth.
pub(super) fn respond(problem: &Problem<'_>) -> Result<Response, Error> {
    // OAuth clients show nothing else, so it names the field that is wrong.
    let error_description = match problem.errors.first() {
        Some(wrong) => format!("{}: {}", wrong.field, wrong.message).into(),
        None => (&*problem.detail).into(),
    };
    Response::json(problem.status, &OAuthProblem { problem, error: error(problem), error_description })
}

fn error(problem: &Problem<'_>) -> &'static str {
    let is_wrong = |field: &str| problem.errors.iter().any(|wrong| wrong.field == field);
    match problem.code {
        Code::InvalidInput if is_wrong("grant_type") => "unsupported_grant_type",
        Code::InvalidInput if is_wrong("client_id") => "invalid_client",
        Code::InvalidInput if is_wrong("audience") => "invalid_target",
        Code::InvalidGrant => "invalid_grant",
        // Of OpenID Connect.
        Code::Unauthenticated => "login_required",
        Code::CrossOrigin | Code::UnknownOrigin => "access_denied",
        Code::Internal => "server_error",
        Code::Unavailable => "temporarily_unavailable",
        _ => "invalid_request",
    }
}
