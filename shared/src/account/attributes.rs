//! Attributes: what an application wants to have in the access tokens of a user, such as a plan or a tenant.
//!
//! No request can set them. The application's backend or an operator writes them into the user's item.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// The attributes of a user, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Attributes {
    values: BTreeMap<String, Value>,
    /// How many of the item were left out, because they have another shape.
    #[serde(skip)]
    pub ignored: u32,
}

impl Attributes {
    const MOST: usize = 20;
    const LONGEST_NAME: usize = 40;
    const LONGEST_TEXT: usize = 256;
    const LONGEST_LIST: usize = 32;

    /// The attributes of these that have the right shape: at most 20, whose names are ASCII letters, digits and `_`,
    /// begin with a letter and have at most 40 characters, and whose values are texts of at most 256 bytes, numbers,
    /// booleans, or lists of at most 32 such texts. `None` is a value that cannot be expressed.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = (String, Option<Value>)>) -> Self {
        let (mut attributes, mut ignored) = (BTreeMap::new(), 0);
        // The order of an item is not that of the names, so which ones are too many depends on the names.
        let values: BTreeMap<String, Option<Value>> = values.into_iter().collect();
        for (name, value) in values {
            match value
                .filter(|value| attributes.len() < Self::MOST && Self::is_name(&name) && is_value(value))
            {
                Some(value) => drop(attributes.insert(name, value)),
                None => ignored += 1,
            }
        }
        Self { values: attributes, ignored }
    }

    /// These attributes. `None` if one would be left out.
    #[must_use]
    pub fn whole(values: Map<String, Value>) -> Option<Self> {
        let attributes = Self::new(values.into_iter().map(|(name, value)| (name, Some(value))));
        (attributes.ignored == 0).then_some(attributes)
    }

    /// Whether an attribute can have this name.
    #[must_use]
    pub fn is_name(name: &str) -> bool {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.len() <= Self::LONGEST_NAME
            && name.bytes().all(is_known)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() <= Attributes::LONGEST_TEXT)
}

fn is_value(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(_) => is_text(value),
        Value::Array(texts) => texts.len() <= Attributes::LONGEST_LIST && texts.iter().all(is_text),
        Value::Null | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(name: &str, value: Value) -> bool {
        let attributes = Attributes::new([(name.to_owned(), Some(value))]);
        assert_eq!(attributes.ignored, u32::from(attributes.get(name).is_none()));
        attributes.get(name).is_some()
    }

    #[test]
    fn only_names_and_values_of_the_right_shape_are_kept() {
        let name = "n".repeat(40);
        for name in ["plan", "Plan_2", "x", name.as_str()] {
            assert!(kept(name, json!("pro")), "{name}");
        }
        let long = "n".repeat(41);
        for name in ["", "2", "_plan", "plän", "a.b", "a-b", "a b", "$a", long.as_str()] {
            assert!(!kept(name, json!("pro")), "{name}");
        }
        let list = |length: usize| json!(vec!["x".repeat(256); length]);
        for value in [json!(""), json!("x".repeat(256)), json!(-1.5), json!(false), list(0), list(32)] {
            assert!(kept("plan", value.clone()), "{value}");
        }
        for value in [
            json!("x".repeat(257)),
            json!(null),
            json!({ "a": 1 }),
            json!([1]),
            json!([["a"]]),
            json!(["x".repeat(257)]),
            list(33),
        ] {
            assert!(!kept("plan", value.clone()), "{value}");
        }
        assert_eq!(Attributes::new([("plan".to_owned(), None)]).ignored, 1);
    }

    #[test]
    fn at_most_twenty_are_kept() {
        let attributes =
            Attributes::new((0..25).map(|number| (format!("a{number:02}"), Some(json!(number)))));
        assert_eq!(attributes.ignored, 5);
        assert!(attributes.get("a19").is_some() && attributes.get("a20").is_none());
    }
}
