//! What is wrong with one field of a body: a stable code, and a message.

use std::borrow::Cow;

use validator::ValidationError;

/// What is wrong with one field. `error.code` is one of `required`, `unknown`, `wrong_type`,
/// `too_short`, `too_long`, `invalid`, `reserved`, `common`, `unchanged`, `stale`, `taken`.
#[derive(Debug, Clone)]
pub struct FieldError {
    /// The field's name, as the client sent it.
    pub field: Cow<'static, str>,
    /// The code, and a message that says what to do. The message never contains the value.
    pub error: ValidationError,
}

/// The violation of a rule: a stable code, and a message that says what to do.
#[must_use]
pub fn violation(code: &'static str, message: impl Into<Cow<'static, str>>) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}
