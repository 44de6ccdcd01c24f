//! The users of other systems' exports, as rows.

use clap::ValueEnum;
use latchkey::account::Username;
use serde_json::Value;

use crate::import::dialect::{FirebaseConfig, firebase, keycloak};
use crate::import::row::Row;

/// An export of another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Foreign {
    /// `firebase auth:export`, as JSON
    Firebase,
    /// The export of a realm with its users
    Keycloak,
    /// The export of a connection with its password hashes, a JSON object a line
    Auth0,
    /// The export of another stack of Latchkey
    Latchkey,
}

impl Foreign {
    /// Whether the users are the array `users` of one object. Otherwise each has a line.
    pub(super) const fn is_one_object(self) -> bool {
        matches!(self, Self::Firebase | Self::Keycloak)
    }

    /// The row of a user. A hash of an unknown kind becomes one that no form has, so that the row is rejected.
    pub(super) fn row(self, user: &Value, config: Option<&FirebaseConfig>) -> Row {
        match self {
            Self::Firebase => of_firebase(user, config),
            Self::Keycloak => of_keycloak(user),
            Self::Auth0 => of_auth0(user),
            Self::Latchkey => of_latchkey(user),
        }
    }
}

/// A member as a text. An empty one is nothing.
fn member(user: &Value, name: &str) -> Option<String> {
    match user.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
        Some(other) => Some(other.to_string()),
    }
}

/// Whether the rules of usernames allow a name. Another one, such as an address, is left out, because an operator
/// cannot change the export.
fn is_username(name: &str) -> bool {
    Username::parse_also_reserved(name).is_ok()
}

fn of_firebase(user: &Value, config: Option<&FirebaseConfig>) -> Row {
    let text = |name| member(user, name);
    Row {
        external_id: text("localId"),
        email: text("email"),
        name: text("displayName"),
        email_verified: text("emailVerified"),
        disabled: text("disabled"),
        created_at: text("createdAt").and_then(|time| of_milliseconds(&time)),
        password_hash: text("passwordHash").map(|hash| {
            let salt = text("salt").unwrap_or_default();
            config.and_then(|config| firebase(&hash, &salt, config)).unwrap_or_else(unknown)
        }),
        ..Row::default()
    }
}

fn of_keycloak(user: &Value) -> Row {
    let text = |name| member(user, name);
    Row {
        external_id: text("id"),
        email: text("email"),
        username: text("username").filter(|name| is_username(name)),
        name: match (text("firstName"), text("lastName")) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (first, last) => first.or(last),
        },
        email_verified: text("emailVerified"),
        disabled: text("enabled").map(|enabled| (enabled == "false").to_string()),
        created_at: text("createdTimestamp").and_then(|time| of_milliseconds(&time)),
        password_hash: password_of_keycloak(user).map(|one| keycloak(one).unwrap_or_else(unknown)),
        ..Row::default()
    }
}

fn of_auth0(user: &Value) -> Row {
    let text = |name| member(user, name);
    Row {
        external_id: user
            .pointer("/_id/$oid")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| text("user_id")),
        email: text("email"),
        username: text("username").filter(|name| is_username(name)),
        name: text("name").filter(|name| !name.contains('@')),
        email_verified: text("email_verified"),
        disabled: text("blocked"),
        created_at: text("created_at"),
        password_hash: text("passwordHash"),
        ..Row::default()
    }
}

fn of_latchkey(user: &Value) -> Row {
    let text = |name| member(user, name);
    Row {
        id: text("id"),
        external_id: text("external_id"),
        email: text("email"),
        username: text("username"),
        name: text("name"),
        email_verified: text("email_verified_at"),
        role: text("role"),
        disabled: text("status").map(|status| match &*status {
            "active" => "false".to_owned(),
            "disabled" => "true".to_owned(),
            _ => status,
        }),
        created_at: text("created_at"),
        password_hash: text("password_hash"),
        imported_from: text("imported_from"),
        username_generated: user.get("username_generated") == Some(&Value::Bool(true)),
        attributes: user.get("attributes").cloned(),
    }
}

/// The newest password of a user of Keycloak.
fn password_of_keycloak(user: &Value) -> Option<&Value> {
    let is_password = |one: &&Value| one.get("type").is_some_and(|kind| kind == "password");
    // A temporary password, which the user has to change at the first login.
    let actions = user.get("requiredActions").and_then(Value::as_array);
    let is_temporary = actions.is_some_and(|actions| actions.iter().any(|one| one == "UPDATE_PASSWORD"));
    user.get("credentials")?.as_array()?.iter().rfind(is_password).filter(|_| !is_temporary)
}

/// Milliseconds since 1970, as RFC 3339.
fn of_milliseconds(text: &str) -> Option<String> {
    let milliseconds: i64 = text.parse().ok()?;
    Some(latchkey::time::Timestamp::from_seconds(milliseconds / 1_000).to_rfc3339())
}

/// What no form has.
fn unknown() -> String {
    "unknown".to_owned()
}
