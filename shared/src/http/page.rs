//! The pages that every function may show. The frame is `templates/frame.html`; askama escapes whatever stands in it.

use askama::Template;

use crate::http::problem::Problem;

/// A page for what went wrong.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// What went wrong.
    pub problem: &'a Problem<'a>,
}
