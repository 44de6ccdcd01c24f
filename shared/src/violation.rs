//! What is wrong with one field of a body: a stable code, and a message for a person.

use std::borrow::Cow;

use validator::ValidationError;

/// What is wrong with one field. `error.code` is one of `required`, `unknown`, `wrong_type`,
/// `too_short`, `too_long`, `invalid`, `reserved`, `common`, `taken`.
#[derive(Debug, Clone)]
pub struct FieldError {
    /// The field's name, as the client sent it.
    pub field: Cow<'static, str>,
    /// The code, and the message for a person. It never holds the value.
    pub error: ValidationError,
}

/// A rule that a value breaks: a stable code, and what to do about it.
#[must_use]
pub fn violation(code: &'static str, message: impl Into<Cow<'static, str>>) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}
