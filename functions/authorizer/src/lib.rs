//! The Lambda authorizer: API Gateway asks it before it calls an API of the application.
//!
//! The function has no route of its own. An HTTP API sends it the request (`REQUEST`, payload format 2.0), and lets the
//! request through or responds with a 403, as the function says:
//!
//! | request | passes |
//! |---|---|
//! | `Authorization: Bearer` and an access token | if it is valid for the first audience, and its session is active |
//! | the session cookie | if its session is active and, for other methods than GET, a page of this site has sent it |
//! | anything else | never |
//!
//! It reads the session and the user each time, so a logout counts at once. If the database or the keys do not respond,
//! it fails, and API Gateway responds with a 500: a failure is never a wrong no.
//!
//! Nothing may keep its answer: API Gateway would give the one to a GET to a POST that another site has forged.

pub mod access_token;

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::account::User;
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::{Request, Site};
use latchkey::log;
use latchkey::session::{PresentedSession, Session};
use latchkey::store::{self, LiveSessions, PublishedKeys};
use latchkey::time::Timestamp;
use latchkey::token::{Audiences, OwnClaims};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// What the function needs.
#[derive(Debug)]
pub struct Authorizer {
    site: Site,
    sessions: LiveSessions,
    keys: PublishedKeys,
    /// The issuer of the access tokens that count.
    issuer: String,
    audiences: Audiences,
    claims: OwnClaims,
}

/// The answer to API Gateway:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
}

/// Who has sent the request. The API finds it in `requestContext.authorizer.lambda` of its event.
#[derive(Debug, Serialize)]
struct Context {
    /// The id of the user.
    sub: String,
    /// The id of the session.
    sid: String,
    /// The role of the user.
    role: String,
    /// When the user last gave the password, in seconds since 1970.
    auth_time: i64,
    /// What the request has presented: `cookie` or `bearer`.
    with: &'static str,
    /// The claims that the operator adds to access tokens, as they are now.
    claims: Map<String, Value>,
}

/// Why a request does not pass, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Refusal {
    /// It has neither a session cookie nor a bearer token.
    Anonymous,
    /// Another site may have sent it.
    CrossOrigin,
    /// Its token is no valid access token for the first audience.
    InvalidToken,
    /// The session is not active.
    Unauthenticated,
}

/// The log entry of a request that does not pass.
#[derive(Serialize)]
struct Refused<'a> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    request_id: &'a str,
    reason: Refusal,
}

type Passed = (Session, User, &'static str);

impl Authorizer {
    /// The function that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = store::client(&aws);
        Ok(Self {
            site: Site::from_environment(environment, &aws)?,
            sessions: LiveSessions::new(&client, environment)?,
            keys: PublishedKeys::new(&client, environment)?,
            issuer: environment.required("ISSUER", "set it to the origin of the site")?,
            audiences: Audiences::from_environment(environment)?,
            claims: OwnClaims::from_environment(environment)?,
        })
    }

    /// Who has sent a request, or why it does not pass.
    async fn judge(&self, request: &Request) -> Result<Result<Passed, Refusal>, Error> {
        let now = request.now;
        let (found, with) = if let Some(token) = request.bearer() {
            let audience = self.audiences.first().unwrap_or(&self.issuer);
            let token = access_token::verify(token, &self.keys, [&self.issuer, audience], now).await?;
            let Some(named) = token else { return Ok(Err(Refusal::InvalidToken)) };
            (self.sessions.find_named(&named.user_id, &named.session_id, now).await?, "bearer")
        } else {
            let Some(presented) = self.site.cookie_session(request).await? else {
                return Ok(Err(Refusal::Anonymous));
            };
            // A browser sends the cookie by itself, also with a POST of a page on a sister host.
            let is_safe = matches!(request.method(), "GET" | "OPTIONS");
            if !(is_safe || self.site.is_same_origin(request)) {
                return Ok(Err(Refusal::CrossOrigin));
            }
            (self.sessions.find(Some(&presented), now).await?, "cookie")
        };
        Ok(found.map(|(session, user)| (session, user, with)).ok_or(Refusal::Unauthenticated))
    }

    fn answer(&self, judged: Result<Passed, Refusal>) -> Answer {
        let context = judged.ok().map(|(session, user, with)| Context {
            sub: user.user_id.as_str().to_owned(),
            sid: session.session_id.as_str().to_owned(),
            role: user.role.clone(),
            auth_time: session.authenticated_at.as_seconds(),
            with,
            claims: self.claims.of(&user, &session),
        });
        Answer { is_authorized: context.is_some(), context }
    }
}

/// Starts the function from the environment variables, and serves until Lambda stops it.
pub async fn run() -> ExitCode {
    latchkey::lambda::process(serve()).await
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    let authorizer = &Authorizer::new(&Environment::from_process())?;
    let now = Timestamp::now();
    let nonexistent = PresentedSession::nonexistent(now)?;
    let (loaded, found, keys) = tokio::join!(
        authorizer.site.load_keys(now),
        authorizer.sessions.find(Some(&nonexistent), now),
        authorizer.keys.all(now),
    );
    loaded?;
    if let Err(error) = found.map(drop).and(keys.map(drop)) {
        // The function starts all the same, because the database may respond when the first request arrives.
        tracing::warn!("the database does not respond: {error}");
    }
    let handler = |event: LambdaEvent<Box<RawValue>>| async move {
        handle(authorizer, &event.payload, &event.context.request_id, Timestamp::now()).await
    };
    let done = lambda_runtime::run(service_fn(handler)).await;
    Ok(done.map_err(|error| format!("Lambda's runtime failed: {error}"))?)
}

/// Answers one event of API Gateway.
///
/// # Errors
/// When the database or the keys do not respond. API Gateway then responds with a 500.
pub async fn handle(
    authorizer: &Authorizer,
    event: &RawValue,
    request_id: &str,
    now: Timestamp,
) -> Result<Answer, lambda_runtime::Error> {
    let request = Request::from_event(event, request_id, now);
    let judged = Box::pin(authorizer.judge(&request)).await.map_err(|error| {
        tracing::error!(request_id, "a request cannot be judged: {error}");
        "Latchkey cannot judge the request now"
    })?;
    if let Err(reason) = judged {
        let (timestamp, level, message) = (now.to_rfc3339(), "INFO", "refused");
        log::write(&Refused { timestamp, level, message, request_id, reason });
    }
    Ok(authorizer.answer(judged))
}
