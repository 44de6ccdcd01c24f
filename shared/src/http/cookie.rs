//! The cookies: those of the session and of the device, which hold tokens, the two that a logout sets, and the notice
//! for the next page.

use std::sync::Arc;

use crate::account::identifier::Identifier;
use crate::error::Error;
use crate::http::notice::Notice;
use crate::http::request::Request;
use crate::secret::BearerSecret;
use crate::session::device::Device;
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::time::{Seconds, Timestamp};
use crate::token::tokens::{Tokens, key_id};

/// Reads and writes Latchkey's cookies.
#[derive(Debug)]
pub struct Cookies {
    session: String,
    device: String,
    logout: String,
    goodbye: String,
    notice: String,
    attributes: &'static str,
    tokens: Arc<Tokens>,
}

impl Cookies {
    /// Longer than any user goes back in the history of a tab.
    const LOGOUT_KNOWN_FOR: Seconds = Seconds(30 * 86_400);

    /// The cookies of a site, or of one over plain HTTP at this port of the operator's own machine.
    ///
    /// A browser accepts a cookie with the prefix `__Host-` only over HTTPS and from the host itself. So over plain
    /// HTTP the cookies have other names. The port is in them, because browsers send the cookies of a host to all its
    /// ports (RFC 6265, section 8.5), and several local stacks share the host.
    #[must_use]
    pub fn new(local_port: Option<u16>, tokens: impl Into<Arc<Tokens>>) -> Self {
        let name = |name: &str| match local_port {
            Some(port) => format!("latchkey-{port}-{name}"),
            None => format!("__Host-{name}"),
        };
        Self {
            session: name("session"),
            device: name("device"),
            logout: name("logout"),
            goodbye: name("goodbye"),
            notice: name("notice"),
            attributes: match local_port {
                Some(_) => "Path=/; HttpOnly; SameSite=Lax",
                None => "Path=/; Secure; HttpOnly; SameSite=Lax",
            },
            tokens: tokens.into(),
        }
    }

    /// The names of the keys of a request's session and device tokens. Nothing is verified.
    pub(super) fn key_ids(&self, request: &Request) -> Vec<String> {
        [&self.session, &self.device].into_iter().filter_map(|name| key_id(request.cookie(name)?)).collect()
    }

    /// Whether a request has a session cookie that may be looked at, valid or not.
    pub(super) fn has_session(&self, request: &Request) -> bool {
        request.cookie(&self.session).is_some()
    }

    /// The session that the cookie of a request presents: `None` unless the token in it is valid. It makes no database
    /// call.
    #[must_use]
    pub fn presented(&self, request: &Request) -> Option<PresentedSession> {
        self.tokens.verify(request.cookie(&self.session)?, request.now)
    }

    /// The `Set-Cookie` with a session's token. It lasts until the earlier of the session's idle and absolute ends.
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
        let token = self.tokens.issue(session, secret, role, now)?;
        Ok(self.set(&self.session, &token, session.expires_at - now))
    }

    /// The `Set-Cookie`s of a logout. The first clears the session cookie, and the second keeps the time of the logout.
    /// The device stays known.
    ///
    /// The third is empty and lasts one second. Chromium keeps pages for Back although they say `no-store`, until an
    /// `HttpOnly` cookie changes. It does not count the cookies that came with the redirect to such a page (seen in
    /// Chromium 156). So clearing the session cookie alone is not enough.
    #[must_use]
    pub fn clear(&self, now: Timestamp) -> [String; 3] {
        [
            self.set(&self.session, "", Seconds(0)),
            self.set(&self.logout, &now.as_seconds().to_string(), Self::LOGOUT_KNOWN_FOR),
            self.set(&self.goodbye, "", Seconds(1)),
        ]
    }

    /// The `Set-Cookie` after which a browser no longer has a known device.
    #[must_use]
    pub fn forget_device(&self) -> String {
        self.set(&self.device, "", Seconds(0))
    }

    /// The `Set-Cookie` with a notice for the next page.
    #[must_use]
    pub fn notice(&self, notice: Notice) -> String {
        self.set(&self.notice, notice.as_str(), Seconds(60))
    }

    /// The notice that a request brings, and the `Set-Cookie` that clears it.
    pub(super) fn noticed(&self, request: &Request) -> Option<(Notice, String)> {
        let notice = Notice::parse(request.cookie(&self.notice)?)?;
        Some((notice, self.set(&self.notice, "", Seconds(0))))
    }

    /// Whether a request has one of these cookies, so that its browser keeps them.
    #[must_use]
    pub fn are_kept(&self, request: &Request) -> bool {
        [&self.session, &self.device, &self.logout].into_iter().any(|name| request.cookie(name).is_some())
    }

    /// The time of the last logout in the browser that sends a request.
    #[must_use]
    pub fn logged_out_at(&self, request: &Request) -> Option<Timestamp> {
        Timestamp::parse_seconds(request.cookie(&self.logout)?)
    }

    /// The device that a request comes from: `None` unless the token in its cookie is valid for this identifier.
    #[must_use]
    pub fn device(&self, request: &Request, identifier: &Identifier) -> Option<Device> {
        self.tokens.device_verify(request.cookie(&self.device)?, identifier, request.now)
    }

    /// The `Set-Cookie` with a device's token, for the account with these identifiers. It lasts for `lifetime`.
    ///
    /// # Errors
    /// [`Error::Internal`] when the token cannot be encrypted.
    pub fn issue_device(
        &self,
        device: &Device,
        identifiers: &[Identifier; 2],
        lifetime: Seconds,
        now: Timestamp,
    ) -> Result<String, Error> {
        let token = self.tokens.device_issue(device, identifiers, lifetime, now)?;
        Ok(self.set(&self.device, &token, lifetime))
    }

    fn set(&self, name: &str, value: &str, Seconds(max_age): Seconds) -> String {
        format!("{name}={value}; {}; Max-Age={max_age}", self.attributes)
    }
}
