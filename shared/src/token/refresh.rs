//! The refresh token, with which a client without cookies holds its session.
//!
//! It names the session and a generation. Each use at `POST /token` gives the client the token of the next generation,
//! and the session's item says which ones count (RFC 9700, 4.14.2).

use serde::{Deserialize, Serialize};

use crate::account::user::UserId;
use crate::error::Error;
use crate::keys::key::Purpose;
use crate::secret::{BearerSecret, IssuedToken};
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::time::Timestamp;
use crate::token::claims::Claims;
use crate::token::tokens::Tokens;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefreshClaims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: String,
    r#gen: u64,
    iat: i64,
    exp: i64,
}

impl Claims for RefreshClaims {
    const TYPE: &'static str = "refresh+jwt";
    const PURPOSE: Option<Purpose> = None;

    fn stacks(&self) -> [&str; 2] {
        [&self.iss, &self.aud]
    }

    fn times(&self) -> [i64; 2] {
        [self.iat, self.exp]
    }
}

impl Tokens {
    /// Issues the newest refresh token of a session. It expires at the session's absolute end.
    ///
    /// # Errors
    /// [`Error::Internal`] when the session is held in a cookie, or the token cannot be encrypted.
    pub fn refresh_issue(
        &self,
        session: &Session,
        secret: &BearerSecret,
        now: Timestamp,
    ) -> Result<IssuedToken, Error> {
        let generation = session.generation;
        let generation = generation.ok_or_else(|| Error::internal("a session has no refresh token"))?;
        let claims = RefreshClaims {
            iss: self.stack.clone(),
            aud: self.stack.clone(),
            sub: session.user_id.clone(),
            sid: secret.reveal(),
            r#gen: generation,
            iat: now.as_seconds(),
            exp: session.absolute_until.as_seconds(),
        };
        self.seal(&claims, now).map(IssuedToken::new)
    }

    /// The session that a refresh token names. `None` unless the token is valid at `now`.
    #[must_use]
    pub fn refresh_verify(&self, token: &str, now: Timestamp) -> Option<PresentedSession> {
        let (claims, _) = self.open::<RefreshClaims>(token, now)?;
        Some(PresentedSession {
            user_id: UserId::parse(claims.sub.as_str())?,
            secret: BearerSecret::parse(&claims.sid)?,
            generation: Some(claims.r#gen),
            issued_at: Timestamp::from_seconds(claims.iat),
            absolute_until: Timestamp::from_seconds(claims.exp),
        })
    }
}
