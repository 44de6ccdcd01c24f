//! Tokens that are signed with the right key: the first line is the header, the rest are the claims.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// Even with our signature a token is accepted if, and only if, its header and claims are exactly those of the contract.
pub fn claims(data: &[u8]) {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (header, claims) = (&data[..line], data.get(line + 1..).unwrap_or_default());
    let message = [header, claims].map(|part| BASE64URL_NOPAD.encode(part)).join(".");
    let token = format!("{message}.{}", crate::token::sign(&message));
    let accepted = crate::TOKENS.verify(&token, crate::NOW);
    let expected = token.len() <= 2_048 && is_our_header(header) && are_our_claims(claims);
    assert_eq!(accepted.is_some(), expected);
    if let Some(presented) = accepted {
        let claims: Value = serde_json::from_slice(claims).expect("JSON");
        assert_eq!(claims["sub"], presented.user_id.as_str());
        assert_eq!(claims["sid"], presented.secret.reveal());
    }
}

fn is_our_header(header: &[u8]) -> bool {
    let Some(members) = members(header) else { return false };
    let texts: Vec<(&str, &str)> =
        members.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    texts.len() == members.len() && texts == [("alg", "HS256"), ("kid", crate::KID), ("typ", "session+jwt")]
}

fn are_our_claims(claims: &[u8]) -> bool {
    let Some(members) = members(claims) else { return false };
    let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let [aud, exp, iat, iss, role, sid, sub] = values.as_slice() else { return false };
    let is_id = |value: &Value, bytes: usize| {
        let decoded = value.as_str().and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
        decoded.is_some_and(|decoded| decoded.len() == bytes)
    };
    let now = crate::NOW.as_seconds();
    names == ["aud", "exp", "iat", "iss", "role", "sid", "sub"]
        && iss == crate::STACK
        && aud == crate::STACK
        && exp.as_i64().is_some_and(|exp| exp > now)
        && iat.as_i64().is_some_and(|iat| iat <= now + 60)
        && role.is_string()
        && is_id(sid, 32)
        && is_id(sub, 16)
}

/// The members of one JSON object by their names, also those that stand there twice.
fn members(text: &[u8]) -> Option<Vec<(String, Value)>> {
    let Members(mut members) = serde_json::from_slice(text).ok()?;
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    Some(members)
}

struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
