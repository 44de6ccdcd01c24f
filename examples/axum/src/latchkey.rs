//! Verifies Latchkey's access tokens, and fetches the public keys for that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header::AUTHORIZATION};
use axum::middleware::Next;
use axum::response::Response;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use tokio::sync::Mutex;

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
    keys: Mutex<Option<(JwkSet, Instant)>>,
}

impl Latchkey {
    pub fn new(issuer: &str, audience: &str) -> Self {
        let mut checks = Validation::new(Algorithm::RS256);
        checks.set_issuer(&[issuer]);
        checks.set_audience(&[audience]);
        checks.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let keys_url = format!("{issuer}/.well-known/jwks.json");
        Self { checks, keys_url, client: reqwest::Client::new(), keys: Mutex::new(None) }
    }

    /// The public key of this name. It fetches the keys every five minutes, and for an unknown name after ten seconds.
    async fn key(&self, kid: &str) -> Result<Option<Jwk>, reqwest::Error> {
        let mut keys = self.keys.lock().await;
        if let Some((set, fetched_at)) = &*keys {
            let found = set.find(kid);
            if fetched_at.elapsed() < Duration::from_secs(if found.is_some() { 300 } else { 10 }) {
                return Ok(found.cloned());
            }
        }
        let request = self.client.get(&self.keys_url).timeout(Duration::from_secs(5));
        let set: JwkSet = request.send().await?.error_for_status()?.json().await?;
        let found = set.find(kid).cloned();
        *keys = Some((set, Instant::now()));
        Ok(found)
    }

    async fn user(&self, token: &str) -> Result<User, StatusCode> {
        let header = decode_header(token).map_err(|_| StatusCode::UNAUTHORIZED)?;
        let kid =
            header.kid.filter(|_| header.typ.as_deref() == Some("at+jwt")).ok_or(StatusCode::UNAUTHORIZED)?;
        let key = self
            .key(&kid)
            .await
            .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?
            .ok_or(StatusCode::UNAUTHORIZED)?;
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
