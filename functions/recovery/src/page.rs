//! The pages.

use askama::Template;
use latchkey::http::{Form, View};

use crate::reset::Way;

/// The form that asks for a mail.
#[derive(Template)]
#[template(path = "forgot.html")]
pub(crate) struct ForgotPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    /// The identifier that was typed, under any of its names.
    pub(crate) identifier: &'a str,
}

/// The form for a new password.
#[derive(Template)]
#[template(path = "reset.html")]
pub(crate) struct ResetPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) way: Way,
    pub(crate) form: Form<'a>,
    pub(crate) token: &'a str,
    /// The email address of the account, for password managers.
    pub(crate) email: &'a str,
    pub(crate) min_length: u64,
}

/// The page behind a link that does not work.
#[derive(Template)]
#[template(path = "dead.html")]
pub(crate) struct DeadPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) way: Way,
}
