//! The session token. It shows without a database call whether a request is worth a read of the session.

use serde::{Deserialize, Serialize};

use crate::account::user::UserId;
use crate::error::Error;
use crate::keys::key::Purpose;
use crate::secret::BearerSecret;
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::time::Timestamp;
use crate::token::claims::Claims;
use crate::token::tokens::Tokens;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionClaims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
    role: String,
}

impl Claims for SessionClaims {
    const TYPE: &'static str = "session+jwt";
    const PURPOSE: Option<Purpose> = Some(Purpose::Session);

    fn stacks(&self) -> [&str; 2] {
        [&self.iss, &self.aud]
    }

    fn times(&self) -> [i64; 2] {
        [self.iat, self.exp]
    }
}

impl Tokens {
    /// Issues the token of a session, for the session cookie. It expires at the session's absolute end.
    ///
    /// # Errors
    /// [`Error::Internal`] when the token cannot be encrypted.
    pub fn issue(
        &self,
        session: &Session,
        secret: &BearerSecret,
        role: &str,
        now: Timestamp,
    ) -> Result<String, Error> {
        let claims = SessionClaims {
            iss: self.stack.clone(),
            aud: self.stack.clone(),
            sub: session.user_id.as_str().to_owned(),
            sid: secret.reveal(),
            iat: now.as_seconds(),
            exp: session.absolute_until.as_seconds(),
            role: role.to_owned(),
        };
        self.seal(&claims, now)
    }

    /// The session that a token names. `None` unless the token is valid at `now`.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<PresentedSession> {
        let (claims, _) = self.open::<SessionClaims>(token, now)?;
        Some(PresentedSession {
            user_id: UserId::parse(&claims.sub)?,
            secret: BearerSecret::parse(&claims.sid)?,
            generation: None,
            issued_at: Timestamp::from_seconds(claims.iat),
            absolute_until: Timestamp::from_seconds(claims.exp),
        })
    }
}
