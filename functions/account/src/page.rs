//! The pages.

use askama::Template;
use latchkey::http::{Form, View};

/// The form for a display name.
#[derive(Template)]
#[template(path = "name.html")]
pub(crate) struct NamePage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    /// The present name, for the empty form.
    pub(crate) present: &'a str,
}

/// The form for a username.
#[derive(Template)]
#[template(path = "username.html")]
pub(crate) struct UsernamePage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    /// The present username.
    pub(crate) present: &'a str,
}

/// The form that deletes the account.
#[derive(Template)]
#[template(path = "delete.html")]
pub(crate) struct DeletionPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    /// Whether the email address is confirmed, so that the account can be taken back.
    pub(crate) is_confirmed: bool,
}
