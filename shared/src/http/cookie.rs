//! The session cookie: a token in, a token out.

use crate::config::Site;
use crate::error::Error;
use crate::http::request::Request;
use crate::session::{Session, SessionSecret};
use crate::time::Timestamp;
use crate::token::{Presented, Tokens};

/// Reads and writes the session cookie.
#[derive(Debug)]
pub struct SessionCookie {
    name: &'static str,
    attributes: &'static str,
    tokens: Tokens,
}

impl SessionCookie {
    /// The cookie of a site. With the prefix `__Host-` a browser takes it only over HTTPS and from this
    /// very host; plain HTTP on the own machine cannot have that.
    #[must_use]
    pub fn new(site: &Site, tokens: Tokens) -> Self {
        let (name, attributes) = if site.secure {
            ("__Host-session", "Path=/; Secure; HttpOnly; SameSite=Lax")
        } else {
            ("latchkey-session", "Path=/; HttpOnly; SameSite=Lax")
        };
        Self { name, attributes, tokens }
    }

    /// The session that a request names, if its cookie is one of ours. Costs no call.
    #[must_use]
    pub fn presented(&self, request: &Request) -> Option<Presented> {
        self.tokens.verify(request.cookie(self.name)?, request.now)
    }

    /// The `Set-Cookie` that gives a session to its holder until the session ends.
    ///
    /// # Errors
    /// [`Error::Internal`] when the token cannot be signed.
    pub fn issue(
        &self,
        session: &Session,
        secret: &SessionSecret,
        role: &str,
        now: Timestamp,
    ) -> Result<String, Error> {
        let token = self.tokens.issue(session, secret, role, now)?;
        let max_age = (session.expires_at - now).0;
        Ok(format!("{}={token}; {}; Max-Age={max_age}", self.name, self.attributes))
    }

    /// The `Set-Cookie` that takes the cookie away.
    #[must_use]
    pub fn clear(&self) -> String {
        format!("{}=; {}; Max-Age=0", self.name, self.attributes)
    }
}
