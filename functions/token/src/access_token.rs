//! Access tokens: JWTs (RFC 7519, RFC 9068), signed with RS256, in the compact form of a JWS.

use data_encoding::BASE64URL_NOPAD;
use latchkey::account::User;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::{Cause, Error};
use latchkey::http::Failure;
use latchkey::keys::PrivateKey;
use latchkey::random;
use latchkey::secret::IssuedToken;
use latchkey::session::Session;
use latchkey::time::{Seconds, Timestamp};
use latchkey::token::{Audiences, OwnClaims};
use serde::Serialize;
use serde_json::{Map, Value};

/// When a token says that it was issued: some time before now. Some verifiers refuse a token of the future, and clocks
/// differ.
const ISSUED_AT: Seconds = Seconds(-5);
/// The longest token, in bytes. Proxies and servers limit headers to 8 KB and less.
const MAX_BYTES: usize = 4_096;

/// What an operator decides about access tokens.
#[derive(Debug)]
pub struct Settings {
    lifetime: Seconds,
    /// The audiences for which they may be.
    pub audiences: Audiences,
    claims: OwnClaims,
}

/// The claims of RFC 9068, and those that the operator adds.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: &'static str,
    exp: i64,
    iat: i64,
    jti: String,
    /// The sort key of the session: a hash, with which no one gets in.
    sid: &'a str,
    auth_time: i64,
    amr: [&'static str; 1],
    #[serde(flatten)]
    own: Map<String, Value>,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'static str,
}

impl Settings {
    /// Reads the variables `ACCESS_TOKEN_…`.
    ///
    /// # Errors
    /// When one is invalid.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            lifetime: Seconds(environment.number("ACCESS_TOKEN_SECONDS", 300, 60..=3_600)?),
            audiences: Audiences::from_environment(environment)?,
            claims: OwnClaims::from_environment(environment)?,
        })
    }

    /// Issues a token for the user of an active session, and the seconds until it expires. It does not outlive the
    /// session.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be signed, or is longer than 4,096 bytes.
    pub fn issue(
        &self,
        key: &PrivateKey,
        [issuer, audience]: [&str; 2],
        (user, session): (&User, &Session),
        now: Timestamp,
    ) -> Result<(IssuedToken, i64), Failure> {
        let expires_at = session.expires_at.min(now + self.lifetime);
        let claims = Claims {
            iss: issuer,
            sub: user.user_id.as_str(),
            aud: audience,
            client_id: "latchkey",
            exp: expires_at.as_seconds(),
            iat: (now + ISSUED_AT).as_seconds(),
            jti: BASE64URL_NOPAD.encode(&random::bytes::<16>()?),
            sid: session.session_id.as_str(),
            auth_time: session.authenticated_at.as_seconds(),
            amr: ["pwd"],
            own: self.claims.of(user, session),
        };
        let header = Header { alg: "RS256", kid: key.kid(), typ: "at+jwt" };
        let token = sign(key, &header, &claims)?;
        if token.len() > MAX_BYTES {
            let error =
                Error::internal("an access token has more than 4,096 bytes: shorten AccessTokenClaims");
            return Err(Failure::from(error).about_user(&user.user_id));
        }
        Ok((IssuedToken::new(token), (expires_at - now).0))
    }
}

fn sign(key: &PrivateKey, header: &Header<'_>, claims: &Claims<'_>) -> Result<String, Error> {
    let part = |json: Result<Vec<u8>, serde_json::Error>| {
        json.map(|json| BASE64URL_NOPAD.encode(&json))
            .map_err(|error| Error::Internal(Cause::from_error(&error)))
    };
    let message = format!("{}.{}", part(serde_json::to_vec(header))?, part(serde_json::to_vec(claims))?);
    let signature = BASE64URL_NOPAD.encode(&key.sign(message.as_bytes())?);
    Ok(format!("{message}.{signature}"))
}
