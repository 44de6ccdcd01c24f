//! Access tokens: a short-lived proof of who a user is, for the own APIs of an application.
//!
//! | route | responds with |
//! |---|---|
//! | `POST /token` | 200 with an access token, the user and the session, or 401 without an active session |
//! | the same with a refresh token | 200 with a new refresh token besides, or 400 if the old one no longer counts |
//!
//! An access token is a JWT (RFC 9068) that any API verifies by itself, with the public keys of the function
//! `discovery`. It is worth nothing at Latchkey's own routes. The request renews the session after its active period,
//! like one for the profile. Errors have the members of RFC 6749, too.

mod access_token;
mod grant;

use latchkey::account::{User, UserView};
use latchkey::aws::Aws;
use latchkey::cached::Cached;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::{Cause, Error};
use latchkey::http::problem::Code;
use latchkey::http::{Failure, Function, Reason, Request, Response, Route, Site, StatusCode, Subject};
use latchkey::keys::{PrivateKey, PrivateKeys, Secret};
use latchkey::secret::IssuedToken;
use latchkey::session::{Lifetimes, PresentedSession, Session, SessionView};
use latchkey::store::{self, LiveSessions, Refreshed, Sessions};
use latchkey::time::{Seconds, Timestamp};
use serde::Serialize;

use crate::access_token::Settings;
use crate::grant::{Grant, Wanted};

/// How long an execution environment keeps the private keys.
const FRESH_FOR: Seconds = Seconds(300);
/// How long it keeps a set in which no key signs: after a leak, an operator empties the set and asks for a rotation.
const EMPTY_FOR: Seconds = Seconds(1);

/// What the exchange needs.
#[derive(Debug)]
pub struct AccessTokens {
    site: Site,
    lifetimes: Lifetimes,
    live_sessions: LiveSessions,
    sessions: Sessions,
    source: Source,
    keys: Cached<PrivateKeys>,
    settings: Settings,
}

/// Where the private keys come from.
enum Source {
    /// The variable `ACCESS_TOKEN_KEYS`.
    Variable(String),
    /// The secret that `ACCESS_TOKEN_KEYS_SECRET` names.
    Secret(Secret),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Source(…)")
    }
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// An access token.
    Exchange,
}

/// The response of a successful exchange (RFC 6749, 5.1), with the user and the session.
#[derive(Serialize)]
struct Exchanged<'a> {
    access_token: IssuedToken,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<IssuedToken>,
    user: UserView<'a>,
    session: SessionView,
}

impl Source {
    fn from_environment(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        const KEYS: &str = "ACCESS_TOKEN_KEYS";
        let Some(keys) = environment.get(KEYS) else {
            return Ok(Self::Secret(Secret::access_token_keys(environment, aws)?));
        };
        PrivateKeys::parse(keys).ok_or(ConfigError::new(KEYS, PrivateKeys::SHAPE))?;
        Ok(Self::Variable(keys.to_owned()))
    }

    async fn read(&self, now: Timestamp) -> Result<(PrivateKeys, Seconds), Error> {
        let keys = match self {
            Self::Variable(text) => PrivateKeys::of_secret(text)?,
            Self::Secret(secret) => PrivateKeys::of_secret(&secret.current().await?.text)?,
        };
        let fresh_for = if keys.signing(now).is_some() { FRESH_FOR } else { EMPTY_FOR };
        Ok((keys, fresh_for))
    }
}

impl AccessTokens {
    /// The function that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = store::client(&aws);
        Ok(Self {
            site: Site::from_environment(environment, &aws)?,
            lifetimes: Lifetimes::from_environment(environment)?,
            live_sessions: LiveSessions::new(&client, environment)?,
            sessions: Sessions::new(&client, environment)?,
            source: Source::from_environment(environment, &aws)?,
            keys: Cached::new(Seconds(i64::MAX / 4)),
            settings: Settings::from_environment(environment)?,
        })
    }

    async fn exchange(&self, request: &Request) -> Result<Response, Failure> {
        let issuer = self.site.issuer(request)?;
        let Wanted { grant, audience } = Wanted::parse(request, &self.settings.audiences, &issuer)?;
        let audience = audience.as_deref().or_else(|| self.settings.audiences.first()).unwrap_or(&issuer);
        let names = [issuer.as_str(), audience];
        match grant {
            Grant::Cookie => self.exchange_cookie(request, names).await,
            Grant::RefreshToken(token) => self.refresh(request, &token, names).await,
        }
    }

    async fn exchange_cookie(&self, request: &Request, names: [&str; 2]) -> Result<Response, Failure> {
        let presented = request.presented.as_ref().ok_or(Code::Unauthenticated)?;
        let keys = self.keys.get(request.now, self.source.read(request.now));
        let (found, keys) = tokio::join!(self.live_sessions.find(Some(presented), request.now), keys);
        let (session, user) = found?.ok_or(Code::Unauthenticated)?;
        let keys = keys?;
        let key = signing(&keys, request.now)?;
        let renewed = self.sessions.renew_if_due(session, self.lifetimes, request.now, &request.id).await;
        let session = renewed.ok_or(Code::Unauthenticated)?;
        let token = self.settings.issue(key, names, (&user, &session), request.now)?;
        let response = respond(token, &user, &session, None)?;
        Ok(self.site.with_newer_cookie(response, presented, (&session, &user), request.now)?)
    }

    async fn refresh(&self, request: &Request, token: &str, names: [&str; 2]) -> Result<Response, Failure> {
        let presented = self.site.refresh_token(token, request.now).await?.ok_or(Code::InvalidGrant)?;
        // Before the token is replaced, because it would be for nothing without the keys.
        let keys = self.keys.get(request.now, self.source.read(request.now)).await?;
        let key = signing(&keys, request.now)?;
        let refreshed = self.live_sessions.refresh(&presented, self.lifetimes, request.now).await;
        let refresh_reused = matches!(refreshed, Ok(Refreshed::Reused));
        let refused = |reason: Reason| {
            let user = Some(presented.user_id.clone());
            Failure { reason, subject: Subject { user, refresh_reused, ..Subject::default() } }
        };
        let (session, user) = match refreshed {
            Ok(Refreshed::Active(found)) => *found,
            Ok(Refreshed::Dead | Refreshed::Reused) => return Err(refused(Code::InvalidGrant.into())),
            Err(error) => return Err(refused(error.into())),
        };
        let access_token = self.settings.issue(key, names, (&user, &session), request.now)?;
        let refresh_token = self.site.issue_refresh_token(&session, &presented.secret, request.now)?;
        Ok(respond(access_token, &user, &session, Some(refresh_token))?.with_user(&user.user_id))
    }
}

fn signing(keys: &PrivateKeys, now: Timestamp) -> Result<&PrivateKey, Error> {
    keys.signing(now).ok_or_else(|| Error::Unavailable(Cause::new("no key of access tokens signs yet")))
}

fn respond(
    (access_token, expires_in): (IssuedToken, i64),
    user: &User,
    session: &Session,
    refresh_token: Option<IssuedToken>,
) -> Result<Response, Error> {
    let exchanged = Exchanged {
        access_token,
        token_type: "Bearer",
        expires_in,
        refresh_token,
        user: user.view(),
        session: session.view(),
    };
    Ok(Response::json(StatusCode::OK, &exchanged)?.with_attributes_ignored(user.attributes.ignored))
}

impl Function for AccessTokens {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] = &[Route::post("/token", Action::Exchange)
        .accepting_bodiless()
        .for_trusted_origins()
        .harmless_without_cookie()
        .speaking_oauth()];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        let keys = self.keys.get(now, self.source.read(now));
        // The function starts without the private keys, too: a new stack has none before the first rotation.
        let (found, _) = tokio::join!(self.live_sessions.find(Some(nonexistent), now), keys);
        found.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        match action {
            Action::Exchange => self.exchange(request).await,
        }
    }
}
