//! The claims that an operator adds to access tokens.
//!
//! `ACCESS_TOKEN_CLAIMS` is a JSON object. A string in it that begins with a dollar is replaced by a value of the user,
//! of the session or of an attribute, with its type. Only whole strings are, so no value becomes a part of another one.
//! A value that does not exist takes its member or its element away.

use serde_json::{Map, Value, json};

use crate::account::attributes::Attributes;
use crate::account::user::User;
use crate::config::{ConfigError, Environment};
use crate::session::record::Session;

const VARIABLE: &str = "ACCESS_TOKEN_CLAIMS";
const DEFAULT: &str = r#"{"role":"$user.role"}"#;
const LONGEST: usize = 1_024;

/// The claims that are Latchkey's own, or have a meaning of their own in a standard.
const RESERVED: [&str; 19] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "sid",
    "auth_time",
    "amr",
    "acr",
    "azp",
    "client_id",
    "cnf",
    "act",
    "may_act",
    "nonce",
    "at_hash",
    "c_hash",
];

/// The claims that an operator adds.
#[derive(Debug)]
pub struct OwnClaims(Vec<(String, Template)>);

#[derive(Debug)]
enum Template {
    Fixed(Value),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
    Reference(Reference),
}

#[derive(Debug)]
enum Reference {
    UserId,
    Username,
    Name,
    Role,
    Email,
    EmailVerified,
    SessionId,
    Attribute(String),
}

impl OwnClaims {
    /// Reads `ACCESS_TOKEN_CLAIMS`.
    ///
    /// # Errors
    /// When it is no JSON object of at most 1,024 characters, or names a reserved claim or an unknown value.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let text = environment.get(VARIABLE).unwrap_or(DEFAULT);
        Self::parse(text).map_err(|problem| ConfigError::new(VARIABLE, problem))
    }

    /// Parses a template.
    ///
    /// # Errors
    /// Says what it must be, as the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let members: Option<Map<String, Value>> =
            serde_json::from_str(text).ok().filter(|_| text.chars().count() <= LONGEST);
        let members = members.ok_or("must be a JSON object of at most 1,024 characters")?;
        if let Some(name) = members.keys().find(|name| RESERVED.contains(&name.as_str())) {
            return Err(format!("must not have the claim {name}, which is reserved"));
        }
        parse_members(members).map(Self)
    }

    /// The claims of a user with a session.
    #[must_use]
    pub fn of(&self, user: &User, session: &Session) -> Map<String, Value> {
        render_members(&self.0, user, session)
    }
}

fn parse_members(members: Map<String, Value>) -> Result<Vec<(String, Template)>, String> {
    members.into_iter().map(|(name, value)| Ok((name, Template::parse(value)?))).collect()
}

fn render_members(members: &[(String, Template)], user: &User, session: &Session) -> Map<String, Value> {
    members.iter().filter_map(|(name, value)| Some((name.clone(), value.render(user, session)?))).collect()
}

impl Template {
    fn parse(value: Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('$') {
                None => Self::Fixed(Value::String(text)),
                Some(rest) if rest.starts_with('$') => Self::Fixed(Value::String(rest.to_owned())),
                Some(name) => Self::Reference(Reference::parse(name).ok_or_else(|| {
                    format!(
                        "must not have ${name}, which is unknown. A text that begins with a dollar has two"
                    )
                })?),
            },
            Value::Array(values) => {
                Self::List(values.into_iter().map(Self::parse).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => Self::Object(parse_members(members)?),
            value => Self::Fixed(value),
        })
    }

    fn render(&self, user: &User, session: &Session) -> Option<Value> {
        match self {
            Self::Fixed(value) => Some(value.clone()),
            Self::List(values) => {
                Some(Value::Array(values.iter().filter_map(|value| value.render(user, session)).collect()))
            }
            Self::Object(members) => Some(Value::Object(render_members(members, user, session))),
            Self::Reference(reference) => reference.value(user, session),
        }
    }
}

impl Reference {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "user.id" => Self::UserId,
            "user.username" => Self::Username,
            "user.name" => Self::Name,
            "user.role" => Self::Role,
            "user.email" => Self::Email,
            "user.email_verified" => Self::EmailVerified,
            "session.id" => Self::SessionId,
            _ => Self::Attribute(
                name.strip_prefix("attribute.").filter(|name| Attributes::is_name(name))?.to_owned(),
            ),
        })
    }

    fn value(&self, user: &User, session: &Session) -> Option<Value> {
        match self {
            Self::UserId => Some(json!(user.user_id)),
            Self::Username => Some(json!(user.username)),
            Self::Name => user.name.as_ref().map(|name| json!(name)),
            Self::Role => Some(json!(user.role)),
            // Applications link accounts by it, and do not look whether it is confirmed.
            Self::Email => user.email_verified_at.map(|_| json!(user.email)),
            Self::EmailVerified => Some(json!(user.email_verified_at.is_some())),
            Self::SessionId => Some(json!(session.session_id)),
            Self::Attribute(name) => user.attributes.get(name).cloned(),
        }
    }
}
