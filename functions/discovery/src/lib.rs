//! The public keys of access tokens, and the documents by which verifiers find them.
//!
//! | route | responds with |
//! |---|---|
//! | `GET /.well-known/jwks.json` | the public keys, as a JWK set (RFC 7517) |
//! | `GET /.well-known/openid-configuration` | the issuer and where the keys are (RFC 8414) |
//! | `GET /.well-known/oauth-authorization-server` | the same |
//!
//! The function reads one item and no secret. An empty set is never served, because verifiers would keep it for hours.

use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::{Failure, Function, Request, Response, Route, Site, StatusCode};
use latchkey::keys::Jwk;
use latchkey::session::PresentedSession;
use latchkey::store::{self, PublishedKeys};
use latchkey::time::Timestamp;
use serde::Serialize;

/// What the documents need.
#[derive(Debug)]
pub struct Discovery {
    site: Site,
    keys: PublishedKeys,
}

/// What a request can ask for.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// The public keys.
    Keys,
    /// The document that names the issuer.
    Metadata,
}

#[derive(Serialize)]
struct KeySet<'a> {
    keys: Vec<Jwk<'a>>,
}

/// The metadata of an authorization server (RFC 8414, 2), of which Latchkey is only what it says here.
#[derive(Serialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
    token_endpoint: String,
    token_endpoint_auth_methods_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 1],
    response_types_supported: [&'static str; 0],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
}

impl Discovery {
    /// The function that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        Ok(Self {
            site: Site::without_keys(environment)?,
            keys: PublishedKeys::new(&store::client(&aws), environment)?,
        })
    }

    async fn keys(&self, request: &Request) -> Result<Response, Error> {
        let keys = self.keys.all(request.now).await?;
        let keys = keys.iter().map(|(kid, key)| key.jwk(kid)).collect();
        Ok(Response::json(StatusCode::OK, &KeySet { keys })?.for_everyone())
    }

    fn metadata(&self, request: &Request) -> Result<Response, Error> {
        let issuer = self.site.issuer(request)?;
        let metadata = Metadata {
            jwks_uri: format!("{issuer}/.well-known/jwks.json"),
            token_endpoint: format!("{issuer}/token"),
            token_endpoint_auth_methods_supported: ["none"],
            grant_types_supported: ["refresh_token"],
            response_types_supported: [],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: ["RS256"],
            issuer,
        };
        Ok(Response::json(StatusCode::OK, &metadata)?.for_everyone())
    }
}

impl Function for Discovery {
    type Action = Action;

    const ROUTES: &'static [Route<Action>] = &[
        Route::get("/.well-known/jwks.json", Action::Keys).json(),
        Route::get("/.well-known/openid-configuration", Action::Metadata).json(),
        Route::get("/.well-known/oauth-authorization-server", Action::Metadata).json(),
    ];

    fn site(&self) -> &Site {
        &self.site
    }

    async fn warm(&self, _nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
        self.keys.all(now).await.map(drop)
    }

    async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
        Ok(match action {
            Action::Keys => self.keys(request).await?,
            Action::Metadata => self.metadata(request)?,
        })
    }
}
