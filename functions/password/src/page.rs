//! The page.

use askama::Template;
use latchkey::http::{Form, View};

/// The form of a change.
#[derive(Template)]
#[template(path = "password.html")]
pub(crate) struct PasswordPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    /// The user's name, for password managers.
    pub(crate) owner: &'a str,
    pub(crate) min_length: u64,
}
