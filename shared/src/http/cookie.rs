//! Our cookies: the session's and the device's, each a token in, a token out; and what a log-out leaves behind.

use crate::account::identifier::Identifier;
use crate::error::Error;
use crate::http::request::Request;
use crate::session::device::Device;
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::session::secret::SessionSecret;
use crate::time::{Seconds, Timestamp};
use crate::token::jwt::{Tokens, key_id};

/// Reads and writes our cookies.
#[derive(Debug)]
pub struct Cookies {
    session: &'static str,
    device: &'static str,
    logout: &'static str,
    goodbye: &'static str,
    attributes: &'static str,
    tokens: Tokens,
}

impl Cookies {
    /// Longer than anybody goes back in the history of a tab.
    const LOGOUT_KNOWN_FOR: Seconds = Seconds(30 * 86_400);

    /// The cookies of a site that is `secure`, or of one that is plain HTTP on the own machine. With the prefix `__Host-` a
    /// browser takes them only over HTTPS and from this very host; plain HTTP cannot have that.
    #[must_use]
    pub fn new(secure: bool, tokens: Tokens) -> Self {
        if secure {
            Self {
                session: "__Host-session",
                device: "__Host-device",
                logout: "__Host-logout",
                goodbye: "__Host-goodbye",
                attributes: "Path=/; Secure; HttpOnly; SameSite=Lax",
                tokens,
            }
        } else {
            Self {
                session: "latchkey-session",
                device: "latchkey-device",
                logout: "latchkey-logout",
                goodbye: "latchkey-goodbye",
                attributes: "Path=/; HttpOnly; SameSite=Lax",
                tokens,
            }
        }
    }

    /// The names of the keys that have signed the cookies of a request, if they may be ours.
    pub(super) fn key_ids(&self, request: &Request) -> Vec<String> {
        [self.session, self.device].into_iter().filter_map(|name| key_id(request.cookie(name)?)).collect()
    }

    /// The session that a request names, if its cookie is one of ours. Costs no call.
    #[must_use]
    pub fn presented(&self, request: &Request) -> Option<PresentedSession> {
        self.tokens.verify(request.cookie(self.session)?, request.now)
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
        Ok(self.set(self.session, &token, session.expires_at - now))
    }

    /// The `Set-Cookie`s of a log-out: they take the session's cookie away and keep the time. The device stays known.
    ///
    /// The third is empty and lasts a second. Chromium keeps pages for the way back although they say `no-store`, and lets go of
    /// them when an `HttpOnly` cookie changes. But it takes the cookies that came with the redirect to a page off that account
    /// (seen in Chromium 156), so that the end of the session alone is not enough.
    #[must_use]
    pub fn clear(&self, now: Timestamp) -> [String; 3] {
        [
            self.set(self.session, "", Seconds(0)),
            self.set(self.logout, &now.as_seconds().to_string(), Self::LOGOUT_KNOWN_FOR),
            self.set(self.goodbye, "", Seconds(1)),
        ]
    }

    /// When somebody last logged out in the browser that sends a request.
    #[must_use]
    pub fn logged_out_at(&self, request: &Request) -> Option<Timestamp> {
        Timestamp::parse_seconds(request.cookie(self.logout)?)
    }

    /// The device that a request comes from, if somebody has logged in on it to an account with this identifier.
    #[must_use]
    pub fn device(&self, request: &Request, identifier: &Identifier) -> Option<Device> {
        self.tokens.device_verify(request.cookie(self.device)?, identifier, request.now)
    }

    /// The `Set-Cookie` that makes a device known to an account for this long.
    ///
    /// # Errors
    /// [`Error::Internal`] when the token cannot be signed.
    pub fn issue_device(
        &self,
        device: &Device,
        identifiers: &[Identifier; 2],
        lifetime: Seconds,
        now: Timestamp,
    ) -> Result<String, Error> {
        let token = self.tokens.device_issue(device, identifiers, lifetime, now)?;
        Ok(self.set(self.device, &token, lifetime))
    }

    fn set(&self, name: &str, value: &str, Seconds(max_age): Seconds) -> String {
        format!("{name}={value}; {}; Max-Age={max_age}", self.attributes)
    }
}
