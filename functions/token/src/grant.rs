//! What a request to `POST /token` asks for.

use latchkey::http::{Failure, Rejection, Request, body};
use latchkey::token::Audiences;
use latchkey::violation::violation;

/// What a client exchanges.
pub(crate) enum Grant {
    /// The session in its cookie.
    Cookie,
    /// This refresh token.
    RefreshToken(String),
}

/// What a request asks for.
pub(crate) struct Wanted {
    pub(crate) grant: Grant,
    /// The audience of the access token. `None` is the default.
    pub(crate) audience: Option<String>,
}

impl Wanted {
    /// Parses a request. One that names a grant may have any other members (RFC 6749, 3.2).
    pub(crate) fn parse(request: &Request, audiences: &Audiences, issuer: &str) -> Result<Self, Failure> {
        const NO_GRANT: &str =
            "send the refresh token in it, with grant_type=refresh_token, and no Authorization";
        if !request.has_body() {
            return if request.is_bearer() {
                Err(Rejection::MalformedBody(NO_GRANT).into())
            } else {
                Ok(Self { grant: Grant::Cookie, audience: None })
            };
        }
        let mut input = body::read(request)?;
        input.drop_empty();
        let audience = input.optional("audience", |audience| audiences.parse(audience, issuer));
        if !input.has("grant_type") {
            if request.is_bearer() || input.has("refresh_token") {
                return Err(Rejection::MalformedBody(NO_GRANT).into());
            }
            return Ok(input.finish(Some(Self { grant: Grant::Cookie, audience }))?);
        }
        input.ignore_unknown();
        let grant = input.required("grant_type", |grant| match grant {
            "refresh_token" => Ok(()),
            _ => Err(violation(
                "unsupported",
                "Send `refresh_token`, or leave this field out and send the cookie.",
            )),
        });
        // What another grant needs is not known.
        if grant.is_none() {
            return Ok(input.finish(None)?);
        }
        input.optional("client_id", |client| match client {
            "latchkey" => Ok(()),
            _ => Err(violation("invalid", "Send `latchkey`, or leave this field out.")),
        });
        let token = input.required("refresh_token", |token| Ok(token.to_owned()));
        Ok(input.finish(token.map(|token| Self { grant: Grant::RefreshToken(token), audience }))?)
    }
}
