//! The pages.

use askama::Template;
use latchkey::http::return_to::ReturnTo;
use latchkey::http::{Form, StatusCode, View};

/// What the page behind the link says.
pub(crate) enum State {
    /// It has the button.
    Ready { email: String, token: String },
    /// There is no session.
    LogIn(ReturnTo),
    /// The session is another user's.
    OtherAccount,
    /// Another account has the address by now.
    Taken,
    /// The present address replaced another one a short time ago.
    Stays { explanation: String },
    /// The link is dead, but the address of the session's user is confirmed.
    Confirmed,
    /// The link is dead.
    Dead,
}

impl State {
    /// The status of the page after GET.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Ready { .. } | Self::LogIn(_) => StatusCode::OK,
            Self::OtherAccount => StatusCode::FORBIDDEN,
            Self::Taken => StatusCode::CONFLICT,
            Self::Stays { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Confirmed | Self::Dead => StatusCode::GONE,
        }
    }

    /// The page that asks for a login, after which the user comes back.
    pub(crate) fn log_in(token: &str) -> Self {
        ReturnTo::parse(&format!("/verify?token={token}")).map_or(Self::Dead, Self::LogIn)
    }
}

#[derive(Template)]
#[template(path = "verify.html")]
pub(crate) struct VerifyPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) state: &'a State,
}

/// The form for another address.
#[derive(Template)]
#[template(path = "email.html")]
pub(crate) struct EmailPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    /// The present address.
    pub(crate) present: &'a str,
}
