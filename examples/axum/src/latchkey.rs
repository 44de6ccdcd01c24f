//! Verifies Latchkey's access tokens, and fetches the public keys for that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header::AUTHORIZATION};
use axum::middleware::Next;
use axum::response::Response;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::redirect::Policy;
use tokio::sync::{Mutex, RwLock};

/// The claims of an access token for this API. `sub` is the user's id.
#[derive(Clone, serde::Deserialize)]
pub struct User {
    pub sub: String,
}

/// Verifies access tokens of this issuer for this audience.
pub struct Latchkey {
    checks: Validation,
    keys_url: String,
    client: reqwest::Client,
    keys: RwLock<Keys>,
    /// The time of the last attempt to fetch the keys. Only one request at a time tries.
    tried_at: Mutex<Option<Instant>>,
}

/// The public keys, and when they were fetched.
#[derive(Clone, Default)]
struct Keys(Arc<JwkSet>, Option<Instant>);

impl Keys {
    fn are_younger_than(&self, minutes: u64) -> bool {
        self.1.is_some_and(|fetched_at| fetched_at.elapsed() < Duration::from_secs(minutes * 60))
    }
}

impl Latchkey {
    pub fn new(issuer: &str, audience: &str) -> Result<Self, reqwest::Error> {
        let mut checks = Validation::new(Algorithm::RS256);
        checks.leeway = 0;
        checks.set_issuer(&[issuer]);
        checks.set_audience(&[audience]);
        checks.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let client =
            reqwest::Client::builder().timeout(Duration::from_secs(5)).redirect(Policy::none()).build()?;
        let keys_url = format!("{issuer}/.well-known/jwks.json");
        Ok(Self { checks, keys_url, client, keys: RwLock::default(), tried_at: Mutex::default() })
    }

    /// The public key of this name. It fetches the keys again after five minutes, and for a name that it does not know,
    /// but at most every ten seconds, or every second without any keys. While that fails, the last keys stay for an
    /// hour.
    async fn key(&self, kid: &str) -> Result<Option<Jwk>, StatusCode> {
        let keys = self.keys.read().await.clone();
        let found = keys.0.find(kid).cloned();
        if found.is_some() && keys.are_younger_than(5) {
            return Ok(found);
        }
        let mut tried_at = self.tried_at.lock().await;
        let pause = Duration::from_secs(if keys.are_younger_than(60) { 10 } else { 1 });
        if tried_at.is_none_or(|tried_at| tried_at.elapsed() >= pause) {
            *tried_at = Some(Instant::now());
            if let Ok(set) = self.fetch().await {
                *self.keys.write().await = Keys(Arc::new(set), Some(Instant::now()));
            }
        }
        let keys = self.keys.read().await.clone();
        if keys.are_younger_than(60) {
            Ok(keys.0.find(kid).cloned())
        } else {
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
    }

    async fn fetch(&self) -> Result<JwkSet, reqwest::Error> {
        self.client.get(&self.keys_url).send().await?.error_for_status()?.json().await
    }

    async fn user(&self, token: &str) -> Result<User, StatusCode> {
        let header = decode_header(token).map_err(|_| StatusCode::UNAUTHORIZED)?;
        let kid =
            header.kid.filter(|_| header.typ.as_deref() == Some("at+jwt")).ok_or(StatusCode::UNAUTHORIZED)?;
        let key = self.key(&kid).await?.ok_or(StatusCode::UNAUTHORIZED)?;
        let key = DecodingKey::from_jwk(&key).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        Ok(decode(token, &key, &self.checks).map_err(|_| StatusCode::UNAUTHORIZED)?.claims)
    }
}

/// Lets a request through that has an access token for this API, with the `User` in its extensions.
pub async fn authenticated(
    State(latchkey): State<Arc<Latchkey>>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let header =
        request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok()).unwrap_or_default();
    let (scheme, token) = header.split_once(' ').ok_or(StatusCode::UNAUTHORIZED)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let user = latchkey.user(token).await?;
    request.extensions_mut().insert(user);
    Ok(next.run(request).await)
}
