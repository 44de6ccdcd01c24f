//! The pages.

use askama::Template;
use latchkey::http::return_to::ReturnTo;
use latchkey::http::{Form, View};

/// The form of an open sign-up.
#[derive(Template)]
#[template(path = "signup.html")]
pub(crate) struct SignupPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    pub(crate) min_length: u64,
    pub(crate) return_to: Option<ReturnTo>,
}

/// The first form of a sign-up by email.
#[derive(Template)]
#[template(path = "address.html")]
pub(crate) struct AddressPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
}

/// The second form of a sign-up by email.
#[derive(Template)]
#[template(path = "second.html")]
pub(crate) struct SecondPage<'a> {
    pub(crate) layout: &'a View<'a>,
    pub(crate) form: Form<'a>,
    pub(crate) min_length: u64,
    pub(crate) token: &'a str,
    /// The email address of the link.
    pub(crate) email: &'a str,
}

/// The page behind a link that does not work.
#[derive(Template)]
#[template(path = "dead.html")]
pub(crate) struct DeadPage<'a> {
    pub(crate) layout: &'a View<'a>,
}
