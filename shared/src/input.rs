//! The fields of a body. All violations are collected, so that one response can list them.

use std::borrow::Cow;

use serde_json::Value;
use validator::ValidationError;

use crate::error::Error;
use crate::invisible::trim;
use crate::violation::{FieldError, violation};

/// The fields of a parsed body. It has no `Debug`, because it contains passwords.
pub struct Fields {
    /// Names and values. Each name occurs at most once.
    pub list: Vec<(String, Value)>,
    /// Whether unknown fields are ignored. They are in forms: the name of a button, or a field that a browser extension
    /// has added, must not lock a person out. A program would not notice that a field has no effect.
    pub ignores_unknown: bool,
}

/// The fields of a body that were not taken yet, and the violations found so far. Each field can be taken once.
pub struct Input<'a> {
    fields: Vec<&'a (String, Value)>,
    ignores_unknown: bool,
    errors: Vec<FieldError>,
}

impl<'a> Input<'a> {
    /// The most unknown fields that an error lists.
    pub const MOST_UNKNOWN: usize = 8;
    /// The most characters of a text that a form shows again. Every valid text other than a password is shorter.
    pub const MOST_SHOWN: usize = 300;

    /// The input with these fields.
    #[must_use]
    pub fn new(fields: &'a Fields) -> Self {
        let Fields { list, ignores_unknown } = fields;
        Self { fields: list.iter().collect(), ignores_unknown: *ignores_unknown, errors: Vec::new() }
    }

    /// The text of a field as it was sent, for a form that is shown again. Empty if there is none, or if it is longer
    /// than [`Input::MOST_SHOWN`] characters.
    #[must_use]
    pub fn shown(&self, name: &str) -> &'a str {
        let value = self.fields.iter().find(|(field, _)| field == name);
        let text = value.and_then(|(_, value)| value.as_str());
        text.filter(|text| text.chars().nth(Self::MOST_SHOWN).is_none()).unwrap_or_default()
    }

    /// The text of a field that only forms have. `None` in JSON, where the field is unknown.
    #[must_use]
    pub fn form_value(&self, name: &str) -> Option<&'a str> {
        let fields = self.fields.iter().filter(|_| self.ignores_unknown);
        fields.into_iter().find(|(field, _)| field == name)?.1.as_str()
    }

    /// Takes a field that only JSON has, and that may be missing or null. `None` in a form, where the field is unknown.
    pub fn json_value<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, ValidationError>,
    ) -> Option<T> {
        if self.ignores_unknown { None } else { self.optional(name, parse) }
    }

    /// Drops the fields without a value, as OAuth demands of its endpoints (RFC 6749, 3.2).
    pub fn drop_empty(&mut self) {
        self.fields.retain(|(_, value)| !is_empty(value));
    }

    /// Ignores the fields that are not taken, as OAuth demands of its endpoints (RFC 6749, 3.2).
    pub fn ignore_unknown(&mut self) {
        self.ignores_unknown = true;
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
        self.parse(name, value, parse)
    }

    /// Takes a field that may be missing or null. `None` if it is, or if it is wrong.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, ValidationError>,
    ) -> Option<T> {
        let value = self.take(name)?;
        self.parse(name, value, parse)
    }

    /// Whether the field was sent, is neither null nor blank, and has not been taken.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, value)| field == name && !is_empty(value))
    }

    /// Whether the field was sent, even as null, and has not been taken.
    #[must_use]
    pub fn is_sent(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// Adds a violation, for example of a rule about several fields.
    pub fn reject(&mut self, name: &'static str, error: ValidationError) {
        self.errors.push(FieldError { field: Cow::Borrowed(name), error });
    }

    /// Finishes reading, and returns what was parsed. A field that was not taken is unknown.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with all violations, but with at most [`Input::MOST_UNKNOWN`] unknown fields.
    pub fn finish<T>(mut self, parsed: Option<T>) -> Result<T, Error> {
        let unknown = self.fields.iter().filter(|_| !self.ignores_unknown).take(Self::MOST_UNKNOWN);
        for (field, _) in unknown {
            let error = violation("unknown", "Remove this field: it is unknown.");
            self.errors.push(FieldError { field: Cow::Owned(field.clone()), error });
        }
        if !self.errors.is_empty() {
            return Err(Error::InvalidInput(self.errors));
        }
        parsed.ok_or_else(|| Error::internal("a field was neither valid nor reported"))
    }

    fn take(&mut self, name: &str) -> Option<&'a Value> {
        let position = self.fields.iter().position(|(field, _)| field == name)?;
        Some(&self.fields.remove(position).1).filter(|value| !value.is_null())
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

/// Whether a value is null or blank.
fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| trim(text).is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_violations_are_reported_at_once() {
        let list = [("role", json!("admin")), ("age", json!(5)), ("nick", json!("x"))];
        let list = list.map(|(name, value)| (name.to_owned(), value)).into();
        let fields = Fields { list, ignores_unknown: false };
        let mut input = Input::new(&fields);
        assert_eq!(input.required("age", |text| Ok(text.to_owned())), None);
        assert_eq!(input.required("missing", |text| Ok(text.to_owned())), None);
        assert_eq!(input.optional("absent", |text| Ok(text.to_owned())), None);
        assert_eq!(input.required("nick", |text| Ok(text.to_owned())), Some("x".to_owned()));
        let Err(Error::InvalidInput(errors)) = input.finish(Some(())) else { panic!("it must be refused") };
        let found: Vec<_> = errors.iter().map(|e| (e.field.as_ref(), e.error.code.as_ref())).collect();
        assert_eq!(found, [("age", "wrong_type"), ("missing", "required"), ("role", "unknown")]);
    }
}
