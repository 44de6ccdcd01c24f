//! The way of every request: route, method, origin, handler, answer, log.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::{LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::account::user::UserId;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::http::problem::Problem;
use crate::http::request::{Format, Request};
use crate::http::request_log::Outcome;
use crate::http::response::Response;
use crate::http::route::Route;
use crate::http::site::Site;
use crate::http::{problem, request_log};
use crate::session::presented::PresentedSession;
use crate::session::secret::SessionSecret;
use crate::time::{Stopwatch, Timestamp};
use crate::{aws, lambda};

/// Whether this environment has not served a request yet.
static IS_COLD: AtomicBool = AtomicBool::new(true);

/// A Lambda function: its routes, and what it does.
pub trait Function: Sync {
    /// All its routes. Every one but GET is guarded by the same-origin check.
    const ROUTES: &'static [Route];

    /// The site that it is a part of.
    fn site(&self) -> &Site;

    /// Makes the first call to the database, for a session that nobody has, so that no request waits for the
    /// connection. Lambda lends a starting environment more of a processor than it has afterwards.
    ///
    /// # Errors
    /// Those of the call.
    fn warm(
        &self,
        nobody: &PresentedSession,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Does what a request asks for. Only requests for [`Function::ROUTES`] come here.
    fn handle(&self, request: &Request) -> impl Future<Output = Result<Response, Error>> + Send;

    /// The page on which a person is told of an error of [`Function::handle`], where it is not the error page: a form, with
    /// what they typed.
    fn form_with_errors(&self, _request: &Request, _problem: &Problem<'_>) -> Option<Response> {
        None
    }
}

/// The whole of a function's `main`: starts it from the environment, and serves until Lambda stops it.
///
/// Bad configuration stops the start with one log line, and so does a failure of Lambda's runtime.
pub async fn run<F: Function>(start: impl FnOnce(&Environment) -> Result<F, ConfigError>) -> ExitCode {
    lambda::process(serve(start)).await
}

async fn serve<F: Function>(
    start: impl FnOnce(&Environment) -> Result<F, ConfigError>,
) -> Result<(), lambda_runtime::Error> {
    let function = start(&Environment::from_process())?;
    let now = Timestamp::now();
    let warm = async {
        let nobody = PresentedSession { user_id: UserId::random()?, secret: SessionSecret::random()? };
        function.warm(&nobody, now).await
    };
    let (loaded, warmed) = tokio::join!(function.site().cookies.load(now), warm);
    loaded?;
    if let Err(error) = warmed {
        // It may answer when the first request comes.
        tracing::warn!("the database does not answer: {error}");
    }
    let function = &function;
    let handler = |event: LambdaEvent<Box<RawValue>>| async move {
        let response = respond(function, &event.payload, &event.context.request_id, Timestamp::now()).await;
        Ok::<_, Infallible>(response)
    };
    let done = lambda_runtime::run(service_fn(handler)).await;
    Ok(done.map_err(|error| format!("Lambda's runtime failed: {error}"))?)
}

/// Answers one event. Never fails: whatever goes wrong is an answer too.
pub async fn respond<F: Function>(
    function: &F,
    event: &RawValue,
    request_id: &str,
    now: Timestamp,
) -> ApiGatewayV2httpResponse {
    let clock = Stopwatch::start();
    let mut request = Request::from_event(event, request_id, now);
    let route = route::<F>(&request);
    if route.as_ref().is_ok_and(|route| route.is_page()) {
        request.format = Format::Html;
    }
    let found = route.as_ref().ok().copied();
    let layout = &function.site().layout;
    let (response, database_calls) = aws::counted(async {
        if let Err(error) = route.and_then(|_| guard(function, &request)) {
            return problem::respond(&error, &request, layout, |_| None);
        }
        // A panic must not cost the environment, and its message may hold the input.
        // Boxed, because it is large and everything around it would move it over the stack.
        let handled = AssertUnwindSafe(Box::pin(handle(function, &request))).catch_unwind().await;
        handled.unwrap_or_else(|_| Err(Error::internal("panic"))).unwrap_or_else(|error| {
            log(&error, &request);
            problem::respond(&error, &request, layout, |problem| {
                let form = || function.form_with_errors(&request, problem);
                std::panic::catch_unwind(AssertUnwindSafe(form)).ok().flatten()
            })
        })
    })
    .await;
    let outcome = Outcome {
        route: found,
        status: response.status().as_u16(),
        code: response.code(),
        milliseconds: clock.milliseconds(),
        database_calls,
        is_cold: IS_COLD.swap(false, Ordering::Relaxed),
    };
    request_log::write(&outcome, &request, &function.site().cookies);
    response.into_event(request.is_head())
}

async fn handle<F: Function>(function: &F, request: &Request) -> Result<Response, Error> {
    function.site().cookies.refresh(request).await?;
    function.handle(request).await
}

/// Finds the route by method and exact path.
fn route<F: Function>(request: &Request) -> Result<&'static Route, Error> {
    let of_path = || F::ROUTES.iter().filter(|route| route.path() == request.path());
    if let Some(route) = of_path().find(|route| route.method() == request.method()) {
        return Ok(route);
    }
    let methods = of_path().map(|route| if route.method() == "GET" { "GET, HEAD" } else { route.method() });
    let allow = methods.collect::<Vec<_>>().join(", ");
    Err(if allow.is_empty() { Error::NotFound } else { Error::MethodNotAllowed { allow } })
}

fn guard<F: Function>(function: &F, request: &Request) -> Result<(), Error> {
    if request.method() == "GET" { Ok(()) } else { function.site().origin.check(request) }
}

/// Logs what is our fault; the one place that does.
fn log(error: &Error, request: &Request) {
    if matches!(error, Error::Internal(_) | Error::Unavailable(_)) {
        // The path is one of ours by now, and holds nothing of the client.
        tracing::error!(request_id = request.id, method = request.method(), path = request.path(), "{error}");
    }
}
