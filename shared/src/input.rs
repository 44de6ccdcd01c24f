//! The fields of a body. All violations are collected, so that one response can list them.

use std::borrow::Cow;

use serde_json::Value;
use validator::ValidationError;

use crate::error::Error;
use crate::violation::{FieldError, violation};

/// The fields of a body, and the violations found so far. Each field can be taken once. It has no `Debug`, because it
/// contains passwords.
pub struct Input {
    fields: Vec<(String, Value)>,
    errors: Vec<FieldError>,
}

impl Input {
    /// The fields of a parsed body. Each name occurs at most once.
    #[must_use]
    pub fn new(fields: Vec<(String, Value)>) -> Self {
        Self { fields, errors: Vec::new() }
    }

    /// The text of a field as it was sent, for a form that is shown again. Empty if there is none.
    #[must_use]
    pub fn shown(&self, name: &str) -> &str {
        let value = self.fields.iter().find(|(field, _)| field == name);
        value.and_then(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Takes a field that is required. `None` if it is missing or wrong; [`Input::finish`] then says why.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, ValidationError>,
    ) -> Option<T> {
        let Some(value) = self.take(name) else {
            self.reject(name, violation("required", "This field is required."));
            return None;
        };
        self.parse(name, &value, parse)
    }

    /// Takes a field that may be missing or null. `None` if it is, or if it is wrong.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, ValidationError>,
    ) -> Option<T> {
        let value = self.take(name)?;
        self.parse(name, &value, parse)
    }

    /// Whether the field was sent, is not null, and has not been taken.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, value)| field == name && !value.is_null())
    }

    /// Adds a violation, for example of a rule about several fields.
    pub fn reject(&mut self, name: &'static str, error: ValidationError) {
        self.errors.push(FieldError { field: Cow::Borrowed(name), error });
    }

    /// Finishes reading. A field that was not taken is unknown.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with all violations.
    pub fn finish(mut self) -> Result<(), Error> {
        for (field, _) in self.fields {
            let error = violation("unknown", "Remove this field: it is unknown.");
            self.errors.push(FieldError { field: Cow::Owned(field), error });
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Error::InvalidInput(self.errors)) }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let position = self.fields.iter().position(|(field, _)| field == name)?;
        Some(self.fields.remove(position).1).filter(|value| !value.is_null())
    }

    fn parse<T>(
        &mut self,
        name: &'static str,
        value: &Value,
        parse: impl FnOnce(&str) -> Result<T, ValidationError>,
    ) -> Option<T> {
        let parsed = match value.as_str() {
            Some(text) => parse(text),
            None => Err(violation("wrong_type", "Send this field as a string.")),
        };
        parsed.map_err(|error| self.reject(name, error)).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_violations_are_reported_at_once() {
        let mut input = Input::new(vec![
            ("role".to_owned(), json!("admin")),
            ("age".to_owned(), json!(5)),
            ("nick".to_owned(), json!("x")),
        ]);
        assert_eq!(input.required("age", |text| Ok(text.to_owned())), None);
        assert_eq!(input.required("missing", |text| Ok(text.to_owned())), None);
        assert_eq!(input.optional("absent", |text| Ok(text.to_owned())), None);
        assert_eq!(input.required("nick", |text| Ok(text.to_owned())), Some("x".to_owned()));
        let Err(Error::InvalidInput(errors)) = input.finish() else { panic!("it must be refused") };
        let found: Vec<_> = errors.iter().map(|e| (e.field.as_ref(), e.error.code.as_ref())).collect();
        assert_eq!(found, [("age", "wrong_type"), ("missing", "required"), ("role", "unknown")]);
    }
}
