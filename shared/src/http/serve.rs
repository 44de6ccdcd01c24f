//! The request pipeline: routing, same-origin check, signing keys, handler, response, log entry.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::{LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::http::failure::{Failure, Reason};
use crate::http::format::Format;
use crate::http::function::Function;
use crate::http::problem::code::Code;
use crate::http::rejection::Rejection;
use crate::http::request::Request;
use crate::http::request_log::Outcome;
use crate::http::response::Response;
use crate::http::route::Route;
use crate::http::{cors, detour, problem, request_log, return_to};
use crate::session::presented::PresentedSession;
use crate::time::{Stopwatch, Timestamp};
use crate::{aws, lambda};

/// Whether this execution environment has not served a request yet.
static IS_COLD: AtomicBool = AtomicBool::new(true);

/// Starts a function from the environment variables, and serves requests until Lambda stops it.
///
/// Invalid configuration stops the start with one log entry. A failure of Lambda's runtime ends the process with one.
pub async fn run<F: Function>(start: impl FnOnce(&Environment) -> Result<F, ConfigError>) -> ExitCode {
    lambda::process(serve(start)).await
}

async fn serve<F: Function>(
    start: impl FnOnce(&Environment) -> Result<F, ConfigError>,
) -> Result<(), lambda_runtime::Error> {
    let function = start(&Environment::from_process())?;
    let now = Timestamp::now();
    let warm = async {
        let nonexistent = PresentedSession::nonexistent(now)?;
        function.warm(&nonexistent, now).await
    };
    let (loaded, warmed) = tokio::join!(function.site().load_keys(now), warm);
    loaded?;
    if let Err(error) = warmed {
        // The function starts all the same, because the database may respond when the first request arrives.
        tracing::warn!("the database does not respond: {error}");
    }
    let function = &function;
    let handler = |event: LambdaEvent<Box<RawValue>>| async move {
        let response = respond(function, &event.payload, &event.context.request_id, Timestamp::now()).await;
        Ok::<_, Infallible>(response)
    };
    let done = lambda_runtime::run(service_fn(handler)).await;
    Ok(done.map_err(|error| format!("Lambda's runtime failed: {error}"))?)
}

/// Responds to one event. It never fails, because every error becomes a response.
pub async fn respond<F: Function>(
    function: &F,
    event: &RawValue,
    request_id: &str,
    now: Timestamp,
) -> ApiGatewayV2httpResponse {
    let clock = Stopwatch::start();
    let mut request = Request::from_event(event, request_id, now);
    // A request around the CDN finds nothing, nor does any at a function that is closed.
    let is_admitted = function.site().origin_secret.admits(&mut request) && function.has_routes();
    let route = if is_admitted { route::<F>(&request) } else { Err(Rejection::NotFound) };
    let is_page = route.as_ref().is_ok_and(|route| route.is_page());
    if is_page {
        request.format = Format::Html;
    }
    // Also for a method that the path does not have.
    let of_path = F::ROUTES.iter().find(|route| is_admitted && route.path() == request.path());
    // A client without cookies is a program, whatever it prefers.
    if of_path.is_some_and(Route::is_json) || request.is_bearer() && !is_page {
        request.format = Format::Json;
    }
    request.speaks_oauth = of_path.is_some_and(Route::speaks_oauth);
    let found = route.as_ref().ok().copied();
    let trusted = &function.site().trusted_origins;
    let (response, database_calls) = match cors::preflight(trusted, of_path, &request) {
        Some(response) => (response, 0),
        None => aws::counted(dispatch(function, route, &mut request)).await,
    };
    let response = cors::with_headers(response, trusted, of_path, &request);
    // The path to which a user goes on may have a query, which may hold the token of a mail.
    let goes_on_with = request.query(return_to::NAME).is_some_and(|path| path.contains('?'));
    let has_token = goes_on_with || request.query("token").is_some();
    let holds_a_token = found.is_some_and(Route::holds_a_token) || has_token;
    let response = if holds_a_token { response.holding_a_token() } else { response };
    let response = if request.is_bearer() { response.without_cookies() } else { response };
    let is_refused = response.code() == Some(Code::InvalidCredentials);
    let waited = if is_refused { function.floor().wait(&clock).await } else { Ok(false) };
    let is_late = waited.unwrap_or_else(|error| {
        tracing::error!("a refused login does not wait for its floor: {error}");
        true
    });
    let outcome = Outcome {
        route: found.map(|route| format!("{} {}", route.method(), route.path())),
        metric: found.and_then(Route::metric),
        event: found.and_then(Route::event),
        milliseconds: clock.milliseconds(),
        database_calls,
        is_cold: IS_COLD.swap(false, Ordering::Relaxed),
        is_late,
        response: &response,
    };
    request_log::write(&outcome, &request, function.site());
    response.into_event(function.site().origin.local_port.is_none())
}

/// Finds the route by method and exact path.
fn route<F: Function>(request: &Request) -> Result<&'static Route<F::Action>, Rejection> {
    let of_path = || F::ROUTES.iter().filter(|route| route.path() == request.path());
    if let Some(route) = of_path().find(|route| route.method() == request.method()) {
        return Ok(route);
    }
    let methods = of_path().map(|route| if route.method() == "GET" { "GET, HEAD" } else { route.method() });
    let allow = methods.collect::<Vec<_>>().join(", ");
    Err(if allow.is_empty() { Rejection::NotFound } else { Rejection::MethodNotAllowed { allow } })
}

async fn dispatch<F: Function>(
    function: &F,
    route: Result<&Route<F::Action>, Rejection>,
    request: &mut Request,
) -> Response {
    let layout = &function.site().layout;
    let action = match route.and_then(|route| guard(function, route, request).map(|()| route.action())) {
        Ok(action) => action,
        Err(rejection) => return problem::respond(&rejection.into(), request, layout, |_| None),
    };
    // A panic must not end the execution environment. Its message is dropped, because it may contain input.
    // The future is boxed, because it is large and would be moved on the stack several times.
    let handled = AssertUnwindSafe(Box::pin(handle(function, action, request))).catch_unwind().await;
    handled.unwrap_or_else(|_| Err(Error::internal("panic").into())).unwrap_or_else(|failure| {
        log(&failure, request);
        let failure = detour::explained(function.site(), request, failure);
        problem::respond(&failure, request, layout, |problem| {
            let form = || function.form_with_errors(action, request, problem);
            let form = std::panic::catch_unwind(AssertUnwindSafe(form)).ok().flatten();
            form.or_else(|| detour::response(F::ROUTES, request, problem.code))
        })
    })
}

fn guard<F: Function>(function: &F, route: &Route<F::Action>, request: &Request) -> Result<(), Rejection> {
    // Nothing that a browser adds by itself has a part in these.
    let is_bare = route.is_harmless_without_cookie() && !function.site().cookies.has_session(request);
    let trusted = &function.site().trusted_origins;
    let is_trusted = route.is_for_trusted_origins() && trusted.sender(request).is_some();
    if request.method() == "GET" || request.is_bearer() || is_bare || is_trusted {
        return Ok(());
    }
    function.site().origin.check(request, route.accepts_bodiless() && request.is_bodiless())
}

async fn handle<F: Function>(
    function: &F,
    action: F::Action,
    request: &mut Request,
) -> Result<Response, Failure> {
    let site = function.site();
    request.presented = site.presented(request).await?;
    function.handle(action, request).await
}

/// Logs a fault of Latchkey, of the deployment or of AWS. Nothing else logs the error of a request.
fn log(failure: &Failure, request: &Request) {
    if !matches!(failure.reason.code(), Code::Internal | Code::Unavailable) {
        return;
    }
    let cause = match &failure.reason {
        Reason::Error(error) => error.to_string(),
        reason => reason.code().as_str().to_owned(),
    };
    // The path is that of a route, so it contains nothing of the client's own.
    tracing::error!(request_id = request.id, method = request.method(), path = request.path(), "{cause}");
}
