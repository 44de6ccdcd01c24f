//! The end of every route that signs a user in.

use crate::account::user::User;
use crate::error::Error;
use crate::http::format::Format;
use crate::http::request::Request;
use crate::http::response::{Response, StatusCode};
use crate::http::return_to::ReturnTo;
use crate::http::site::Site;
use crate::session::device::Device;
use crate::session::device_id::DeviceId;
use crate::session::kind::SessionKind;
use crate::session::lifetimes::Lifetimes;
use crate::session::record::NewSession;
use crate::time::Timestamp;

/// A user who has just logged in or signed up.
#[derive(Debug)]
pub struct SignedIn<'a> {
    /// The user.
    pub user: &'a User,
    /// The session that has begun.
    pub new: &'a NewSession,
    /// The known device that the user is on. `None` makes it a new device.
    pub device: Option<DeviceId>,
    /// Where a browser goes on. `None` is the profile.
    pub return_to: Option<ReturnTo>,
}

impl Site {
    /// The `Set-Cookie` that makes a device known to a user's account: this one, or a new one.
    ///
    /// # Errors
    /// [`Error::Internal`] when the token cannot be signed.
    pub fn known_device(
        &self,
        user: &User,
        device: Option<DeviceId>,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Result<String, Error> {
        let device = Device::new(device.map_or_else(DeviceId::random, Ok)?, user);
        self.cookies.issue_device(&device, &user.identifiers(), lifetimes.device(), now)
    }

    /// The response of every route that ends with a signed-in user. It sets the session cookie and the device cookie. A
    /// browser gets a 303 to `return_to`, or to `/profile`; a program gets the user and the session, with this status.
    /// If the session is held in a refresh token, the program gets that too, and no cookie.
    ///
    /// # Errors
    /// [`Error::Internal`] when a token cannot be signed.
    pub fn signed_in(
        &self,
        request: &Request,
        status: StatusCode,
        signed_in: SignedIn<'_>,
    ) -> Result<Response, Error> {
        let SignedIn { user, new: NewSession { session, secret, lifetimes }, device, return_to } = signed_in;
        if session.kind() == SessionKind::Token {
            let token = self.issue_refresh_token(session, secret, request.now)?;
            let response = Response::account(status, user, session, Some(token))?;
            return Ok(response.with_user(&user.user_id));
        }
        let response = match request.format {
            Format::Html => Response::return_to(return_to.as_ref()),
            Format::Json => Response::account(status, user, session, None)?,
        };
        let session = self.cookies.issue(session, secret, &user.role, request.now)?;
        let device = self.known_device(user, device, *lifetimes, request.now)?;
        Ok(response.with_cookie(session).with_cookie(device).with_user(&user.user_id))
    }
}
