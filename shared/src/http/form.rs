//! A form as a person sees it: empty, or again with what they typed and what is wrong with it.

use crate::http::problem::code::Code;
use crate::http::problem::{FieldProblem, Problem};
use crate::input::Input;

/// A form, for its template. It has no `Debug`: passwords are in it.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// The names of its fields, in the order in which they stand on the page.
    fields: &'static [&'static str],
    typed: Option<&'a Input>,
    /// Why it is shown again.
    pub problem: Option<&'a Problem<'a>>,
}

impl<'a> Form<'a> {
    /// A form that nobody has filled in yet.
    #[must_use]
    pub fn empty(fields: &'static [&'static str]) -> Self {
        Self { fields, typed: None, problem: None }
    }

    /// A form that is shown again.
    #[must_use]
    pub fn with_errors(fields: &'static [&'static str], typed: &'a Input, problem: &'a Problem<'a>) -> Self {
        Self { fields, typed: Some(typed), problem: Some(problem) }
    }

    /// What was typed into a field. Templates show it for every field but the password.
    #[must_use]
    pub fn typed(&self, name: &str) -> &'a str {
        self.typed.map(|typed| typed.shown(name)).unwrap_or_default()
    }

    /// What is wrong with a field, as the code of its problem.
    #[must_use]
    pub fn code(&self, name: &str) -> Option<&'a str> {
        self.problems().iter().find(|problem| problem.field == name).map(|problem| problem.code.as_str())
    }

    /// Whether a field is wrong. Of a username and a password that do not belong together either may be.
    #[must_use]
    pub fn is_wrong(&self, name: &str) -> bool {
        let are_rejected = self.problem.is_some_and(|problem| problem.code == Code::InvalidCredentials);
        self.code(name).is_some() || are_rejected && self.fields.contains(&name)
    }

    /// The fields that are wrong, in the order of the page.
    #[must_use]
    pub fn wrong(&self) -> Vec<&'static str> {
        self.fields.iter().copied().filter(|name| self.is_wrong(name)).collect()
    }

    /// Whether the focus belongs to this field.
    #[must_use]
    pub fn is_first_wrong(&self, name: &str) -> bool {
        self.wrong().first() == Some(&name)
    }

    /// The ids of what describes a field: its hint, if it has one, and what says that it is wrong.
    #[must_use]
    pub fn described_by(&self, name: &str, has_hint: bool) -> String {
        let hint = has_hint.then(|| format!("{name}-hint"));
        let wrong = match self.code(name) {
            Some(_) => Some(format!("{name}-error")),
            None => self.is_wrong(name).then(|| "summary".to_owned()),
        };
        hint.into_iter().chain(wrong).collect::<Vec<_>>().join(" ")
    }

    /// What is wrong with fields that the form does not have.
    #[must_use]
    pub fn unknown(&self) -> Vec<&'a FieldProblem> {
        let is_unknown = |problem: &&FieldProblem| !self.fields.contains(&problem.field.as_str());
        self.problems().iter().filter(is_unknown).collect()
    }

    fn problems(&self) -> &'a [FieldProblem] {
        self.problem.map(|problem| problem.errors.as_slice()).unwrap_or_default()
    }
}
