//! Whether a user may log in.

use serde::{Deserialize, Serialize};

/// Whether a user may log in and use sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", from = "String")]
pub enum Status {
    /// The user may. The item says exactly `active`.
    Active,
    /// The user may not. Every status that this version does not know counts as this one.
    Disabled,
    /// The user has deleted the account, and may take it back until [`crate::account::User::erase_at`].
    Deleted,
}

impl From<String> for Status {
    fn from(text: String) -> Self {
        match text.as_str() {
            "active" => Self::Active,
            "deleted" => Self::Deleted,
            _ => Self::Disabled,
        }
    }
}

impl Status {
    /// The status, as the item says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_a_later_version_is_not_active() {
        assert_eq!(serde_json::from_str::<Status>("\"active\"").unwrap(), Status::Active);
        assert_eq!(serde_json::from_str::<Status>("\"locked_by_admin\"").unwrap(), Status::Disabled);
        for status in [Status::Active, Status::Disabled, Status::Deleted] {
            let text = serde_json::to_string(&status).unwrap();
            assert_eq!(serde_json::from_str::<Status>(&text).unwrap(), status);
        }
        assert!(serde_json::from_str::<Status>(r#"{"active":null}"#).is_err(), "only text is a status");
    }
}
