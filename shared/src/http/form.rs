//! Forms: empty, or shown again with what the user typed and what is wrong with it.

use crate::http::problem::code::Code;
use crate::http::problem::{FieldProblem, Problem};
use crate::http::response::StatusCode;
use crate::input::Input;

/// A form, for its template. It has no `Debug`, because it contains passwords.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// The names of its fields, in the order of the page.
    fields: &'static [&'static str],
    typed: Option<&'a Input<'a>>,
    /// Why the form is shown again.
    pub problem: Option<&'a Problem<'a>>,
}

impl<'a> Form<'a> {
    /// An empty form with these fields, in the order of the page.
    #[must_use]
    pub fn empty(fields: &'static [&'static str]) -> Self {
        Self { fields, typed: None, problem: None }
    }

    /// A form that is shown again after an error.
    #[must_use]
    pub fn with_errors(
        fields: &'static [&'static str],
        typed: &'a Input<'a>,
        problem: &'a Problem<'a>,
    ) -> Self {
        Self { fields, typed: Some(typed), problem: Some(problem) }
    }

    /// The status of the page with the form: 200, or that of the problem.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.problem.map_or(StatusCode::OK, |problem| problem.status)
    }

    /// What was typed into a field. Templates show it for every field except the password.
    #[must_use]
    pub fn typed(&self, name: &str) -> &'a str {
        self.typed.map(|typed| typed.shown(name)).unwrap_or_default()
    }

    /// The code of the field's violation. `None` if no rule of the field is violated.
    #[must_use]
    pub fn code(&self, name: &str) -> Option<&'a str> {
        self.problems().iter().find(|problem| problem.field == name).map(|problem| problem.code.as_str())
    }

    /// The message of the field's violation, as a page shows it: without the full stop. Templates show it where one
    /// code has several reasons.
    #[must_use]
    pub fn message(&self, name: &str) -> &'a str {
        let problem = self.problems().iter().find(|problem| problem.field == name);
        problem.map(|problem| problem.message.trim_end_matches('.')).unwrap_or_default()
    }

    /// Whether a field is wrong. After a failed login every field counts as wrong, because the response must not reveal
    /// which one is.
    #[must_use]
    pub fn is_wrong(&self, name: &str) -> bool {
        let all_are_wrong = self.problem.is_some_and(|problem| problem.code == Code::InvalidCredentials);
        self.code(name).is_some() || all_are_wrong && self.fields.contains(&name)
    }

    /// The names of the fields that are wrong, in the order of the page.
    #[must_use]
    pub fn wrong(&self) -> Vec<&'static str> {
        self.fields.iter().copied().filter(|name| self.is_wrong(name)).collect()
    }

    /// Whether this field is the first that is wrong, and so gets the focus.
    #[must_use]
    pub fn is_first_wrong(&self, name: &str) -> bool {
        self.wrong().first() == Some(&name)
    }

    /// The ids of the elements that describe a field, for `aria-describedby`: its hint, if it has one, and its error
    /// message or the summary, if it is wrong.
    #[must_use]
    pub fn described_by(&self, name: &str, has_hint: bool) -> String {
        let hint = has_hint.then(|| format!("{name}-hint"));
        let wrong = match self.code(name) {
            Some(_) => Some(format!("{name}-error")),
            None => self.is_wrong(name).then(|| "summary".to_owned()),
        };
        hint.into_iter().chain(wrong).collect::<Vec<_>>().join(" ")
    }

    /// The violations of fields that the form does not have.
    #[must_use]
    pub fn unknown(&self) -> Vec<&'a FieldProblem> {
        let is_unknown = |problem: &&FieldProblem| !self.fields.contains(&problem.field.as_str());
        self.problems().iter().filter(is_unknown).collect()
    }

    fn problems(&self) -> &'a [FieldProblem] {
        self.problem.map(|problem| problem.errors.as_slice()).unwrap_or_default()
    }
}
