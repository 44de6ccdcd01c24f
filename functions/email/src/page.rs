//! The page behind the link.

use askama::Template;
use latchkey::http::return_to::ReturnTo;
use latchkey::http::{StatusCode, View};

/// What the page says.
pub(crate) enum State {
    /// It has the button.
    Ready { email: String, token: String },
    /// There is no session.
    LogIn(ReturnTo),
    /// The session is another user's.
    OtherAccount,
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
