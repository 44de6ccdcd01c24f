//! A row of a file, as it is.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A row. In CSV all are texts, and in JSON some are not.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Row {
    #[serde(deserialize_with = "scalar")]
    pub external_id: Option<String>,
    #[serde(deserialize_with = "scalar")]
    pub email: Option<String>,
    #[serde(deserialize_with = "scalar")]
    pub username: Option<String>,
    #[serde(deserialize_with = "scalar")]
    pub name: Option<String>,
    #[serde(deserialize_with = "scalar")]
    pub email_verified: Option<String>,
    #[serde(deserialize_with = "scalar")]
    pub role: Option<String>,
    #[serde(deserialize_with = "scalar")]
    pub disabled: Option<String>,
    #[serde(deserialize_with = "scalar")]
    pub created_at: Option<String>,
    #[serde(deserialize_with = "scalar")]
    pub password_hash: Option<String>,
    // Only an export of Latchkey has these.
    #[serde(skip)]
    pub id: Option<String>,
    #[serde(skip)]
    pub imported_from: Option<String>,
    #[serde(skip)]
    pub username_generated: bool,
    #[serde(skip)]
    pub attributes: Option<Value>,
}

/// A text, a number, a boolean, or nothing. An empty text is nothing.
fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Text(String),
        Number(serde_json::Number),
        Boolean(bool),
    }
    let text = match Option::<Scalar>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Scalar::Text(text)) => text,
        Some(Scalar::Number(number)) => number.to_string(),
        Some(Scalar::Boolean(boolean)) => boolean.to_string(),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

impl Row {
    /// The columns that a file may have.
    pub(super) const COLUMNS: [&str; 9] = [
        "external_id",
        "email",
        "username",
        "name",
        "email_verified",
        "role",
        "disabled",
        "created_at",
        "password_hash",
    ];

    /// The id in the other system, as it is.
    pub(super) fn external_id(&self) -> Option<String> {
        self.external_id.clone().or_else(|| self.id.clone())
    }

    /// Whether it has this name, as a person would write it.
    pub(super) fn is_called(&self, who: &str) -> bool {
        let is = |text: &Option<String>| text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(who));
        is(&self.email) || is(&self.username)
    }
}
