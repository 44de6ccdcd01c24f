//! The pages.

use askama::Template;
use latchkey::http::return_to::ReturnTo;
use latchkey::http::{Form, View};

/// The form of a login.
#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    /// The identifier that was typed, under any of its names.
    pub(crate) identifier: &'a str,
    /// The time at which the form is shown, in seconds since 1970.
    pub(crate) shown_at: i64,
    pub(crate) return_to: Option<ReturnTo>,
}

/// The form of a confirmation.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    /// The user's name, for password managers.
    pub(crate) owner: &'a str,
    /// The time at which the form is shown, in seconds since 1970.
    pub(crate) shown_at: i64,
    pub(crate) return_to: Option<ReturnTo>,
}
