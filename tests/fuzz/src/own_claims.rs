//! The claims that an operator adds to access tokens: the bytes are the template.

use std::sync::LazyLock;

use latchkey::account::{Attributes, Email, User, UserId, Username};
use latchkey::session::{ClientInfo, Lifetimes, NewSession, Session};
use latchkey::time::Seconds;
use latchkey::token::OwnClaims;
use serde_json::{Map, Value, json};

static USER: LazyLock<User> = LazyLock::new(|| {
    let (username, email) = (Username::parse("Ada1"), Email::parse("ada@example.com"));
    let (username, email) = (username.expect("a username"), email.expect("an address"));
    let id = UserId::random().expect("an id");
    let plan = ("plan".to_owned(), Some(json!("$user.id")));
    let attributes = Attributes::new([plan, ("seats".to_owned(), Some(json!(12)))]);
    User { attributes, ..User::new(id, &username, &email, None, crate::NOW) }
});

static SESSION: LazyLock<Session> = LazyLock::new(|| {
    let lifetimes = Lifetimes { active: Seconds(1), idle: Seconds(2), absolute: Seconds(3) };
    let new = NewSession::new(USER.user_id.clone(), 0, ClientInfo::new(None, None), lifetimes, crate::NOW);
    new.expect("a session").session
});

/// A template is accepted if, and only if, it is one. What it makes has each value where its name was, and no other
/// text was changed.
pub fn own_claims(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let found = OwnClaims::parse(text).ok().map(|claims| claims.of(&USER, &SESSION));
    assert_eq!(found, expected(text));
}

fn expected(text: &str) -> Option<Map<String, Value>> {
    let members: Map<String, Value> =
        serde_json::from_str(text).ok().filter(|_| text.chars().count() <= 1_024)?;
    let own = "iss sub aud exp nbf iat jti sid auth_time amr acr azp client_id cnf act may_act nonce at_hash c_hash";
    if members.keys().any(|name| own.split(' ').any(|own| own == name)) {
        return None;
    }
    match rendered(&Value::Object(members))? {
        Some(Value::Object(members)) => Some(members),
        _ => unreachable!("an object stays one"),
    }
}

/// The value with those that it names. `None` if it names one that cannot exist, `Some(None)` if one does not exist.
#[expect(clippy::option_option, reason = "two ways in which there is no value")]
fn rendered(value: &Value) -> Option<Option<Value>> {
    Some(Some(match value {
        Value::String(text) if text.starts_with("$$") => json!(text[1..]),
        Value::String(text) if text.starts_with('$') => return named(text),
        Value::Array(values) => {
            let values: Option<Vec<_>> = values.iter().map(rendered).collect();
            Value::Array(values?.into_iter().flatten().collect())
        }
        Value::Object(members) => {
            let members: Option<Vec<_>> =
                members.iter().map(|(name, value)| Some((name.clone(), rendered(value)?))).collect();
            let members = members?.into_iter().filter_map(|(name, value)| Some((name, value?)));
            Value::Object(members.collect())
        }
        value => value.clone(),
    }))
}

#[expect(clippy::option_option, reason = "two ways in which there is no value")]
fn named(text: &str) -> Option<Option<Value>> {
    Some(match text {
        "$user.id" => Some(json!(USER.user_id.as_str())),
        "$user.username" => Some(json!("Ada1")),
        "$user.role" => Some(json!("user")),
        "$user.email_verified" => Some(json!(false)),
        "$session.id" => Some(json!(SESSION.session_id.as_str())),
        "$user.name" | "$user.email" => None,
        "$attribute.plan" => Some(json!("$user.id")),
        "$attribute.seats" => Some(json!(12)),
        _ => {
            let name = text.strip_prefix("$attribute.")?;
            let is_letter = name.bytes().next()?.is_ascii_alphabetic();
            let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            return (is_letter && is_name && name.len() <= 40).then_some(None);
        }
    })
}
