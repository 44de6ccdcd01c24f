//! CORS for the pages of trusted origins, at the routes that are for them, and for no one else.

use lambda_http::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, VARY,
};
use lambda_http::http::{HeaderValue, StatusCode};

use crate::http::origin::TrustedOrigins;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::route::Route;

/// The response to the question of a browser whether a page of a trusted origin may send a request. `None` if it is no
/// such question, or the page is of no trusted origin: then the method is one that the path does not have.
pub(super) fn preflight<A: Copy>(
    trusted: &TrustedOrigins,
    of_path: Option<&Route<A>>,
    request: &Request,
) -> Option<Response> {
    let route = of_path.filter(|route| route.is_for_trusted_origins())?;
    if request.method() != "OPTIONS" || trusted.sender(request).is_none() {
        return None;
    }
    let response = Response::empty(StatusCode::NO_CONTENT)
        .with_header(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(route.method()))
        // Never `authorization`: no page holds a refresh token.
        .with_header(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"))
        .with_header(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    Some(response)
}

/// The response of a path, which a page of a trusted origin may read.
pub(super) fn with_headers<A: Copy>(
    response: Response,
    trusted: &TrustedOrigins,
    of_path: Option<&Route<A>>,
    request: &Request,
) -> Response {
    if trusted.is_empty() || !of_path.is_some_and(Route::is_for_trusted_origins) {
        return response;
    }
    let response = response.with_header(VARY, HeaderValue::from_static("Accept, Origin"));
    match trusted.sender(request).and_then(|origin| HeaderValue::from_str(origin).ok()) {
        Some(origin) => response
            .with_header(ACCESS_CONTROL_ALLOW_ORIGIN, origin)
            .with_header(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
        None => response,
    }
}
