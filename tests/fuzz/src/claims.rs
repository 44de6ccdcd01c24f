//! Tokens that the right key made, encrypted and, as before, signed: the first line is the header, and the rest are the
//! claims.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use latchkey::account::Identifier;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::token::{sealed, subkey};

/// The identifier that the device token has to know.
const IDENTIFIER: &str = "username#ada1";

/// A token is accepted if, and only if, its header and claims are exactly those of its type and form.
pub fn claims(data: &[u8]) {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (header, claims) = (&data[..line], data.get(line + 1..).unwrap_or_default());
    let message = [header, claims].map(|part| BASE64URL_NOPAD.encode(part)).join(".");
    for typ in ["session", "device", "refresh"] {
        let signed = format!("{message}.{}", crate::token::sign(typ, &message));
        // No refresh token was ever signed.
        judge(typ, &signed, typ != "refresh" && is_signed_header(header, typ), claims);
        let key = subkey(&format!("{typ}+jwt/A256GCM"), &crate::SECRET);
        let right = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{}","typ":"{typ}+jwt"}}"#, crate::KID);
        judge(typ, &sealed(header, claims, &key), header == right.as_bytes(), claims);
    }
}

fn judge(typ: &str, token: &str, is_header: bool, claims: &[u8]) {
    let may_be = token.len() <= 2_048 && is_header;
    let read = || serde_json::from_slice::<Value>(claims).expect("JSON");
    if typ == "session" {
        let session = crate::TOKENS.verify(token, crate::NOW);
        assert_eq!(session.is_some(), may_be && are_session_claims(claims));
        if let Some(session) = session {
            assert_eq!(read()["sub"], session.user_id.as_str());
            assert_eq!(read()["sid"], session.secret.reveal());
        }
        return;
    }
    if typ == "refresh" {
        let session = crate::TOKENS.refresh_verify(token, crate::NOW);
        assert_eq!(session.is_some(), may_be && are_refresh_claims(claims));
        if let Some(session) = session {
            assert_eq!(read()["sub"], session.user_id.as_str());
            assert_eq!(read()["sid"], session.secret.reveal());
            assert_eq!(read()["gen"].as_u64(), session.generation);
            assert_eq!(read()["exp"], session.absolute_until.as_seconds());
        }
        return;
    }
    let identifier = Identifier::parse("ada1").expect("an identifier");
    let device = crate::TOKENS.device_verify(token, &identifier, crate::NOW);
    assert_eq!(device.is_some(), may_be && are_device_claims(claims));
    if let Some(device) = device {
        assert_eq!(read()["sub"], device.user_id.as_str());
        assert_eq!(read()["did"], device.id.as_str());
        assert_eq!(read()["epoch"], device.epoch);
    }
}

fn is_signed_header(header: &[u8], typ: &str) -> bool {
    let Some(members) = members(header) else { return false };
    let texts: Vec<(&str, &str)> =
        members.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    let typ = format!("{typ}+jwt");
    texts.len() == members.len() && texts == [("alg", "HS256"), ("kid", crate::KID), ("typ", typ.as_str())]
}

fn are_session_claims(claims: &[u8]) -> bool {
    let (names, values): (Vec<_>, Vec<_>) = members(claims).unwrap_or_default().into_iter().unzip();
    let [aud, exp, iat, iss, role, sid, sub] = values.as_slice() else { return false };
    names == ["aud", "exp", "iat", "iss", "role", "sid", "sub"]
        && are_of_here_and_now([iss, aud], [iat, exp])
        && role.is_string()
        && is_id(sid, 32)
        && is_id(sub, 16)
}

fn are_refresh_claims(claims: &[u8]) -> bool {
    let (names, values): (Vec<_>, Vec<_>) = members(claims).unwrap_or_default().into_iter().unzip();
    let [aud, exp, generation, iat, iss, sid, sub] = values.as_slice() else { return false };
    names == ["aud", "exp", "gen", "iat", "iss", "sid", "sub"]
        && are_of_here_and_now([iss, aud], [iat, exp])
        && generation.is_u64()
        && is_id(sid, 32)
        && is_id(sub, 16)
}

pub(crate) fn is_id(value: &Value, bytes: usize) -> bool {
    let decoded = value.as_str().and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
    decoded.is_some_and(|decoded| decoded.len() == bytes)
}

fn are_device_claims(claims: &[u8]) -> bool {
    // A token from before there was this claim has none.
    let mut members = members(claims).unwrap_or_default();
    let are_booleans =
        members.extract_if(.., |(name, _)| name == "second").map(|(_, value)| value.is_boolean());
    let are_booleans: Vec<bool> = are_booleans.collect();
    let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let [aud, did, epoch, exp, iat, ids, iss, sub] = values.as_slice() else { return false };
    let (Some(did), Some([one, other])) = (did.as_str(), ids.as_array().map(Vec::as_slice)) else {
        return false;
    };
    let expected = crate::token::sign("device", &format!("device#{did}#{IDENTIFIER}"));
    names == ["aud", "did", "epoch", "exp", "iat", "ids", "iss", "sub"]
        && matches!(are_booleans.as_slice(), [] | [true])
        && are_of_here_and_now([iss, aud], [iat, exp])
        && epoch.is_u64()
        && sub.is_string()
        && one.is_string()
        && other.is_string()
        && (*one == expected || *other == expected)
}

fn are_of_here_and_now(stacks: [&Value; 2], [iat, exp]: [&Value; 2]) -> bool {
    let now = crate::NOW.as_seconds();
    stacks.iter().all(|stack| **stack == crate::STACK)
        && iat.as_i64().is_some_and(|iat| iat <= now + 60)
        && exp.as_i64().is_some_and(|exp| exp > now)
}

/// The members of a JSON object, ordered by name. A name that occurs twice is in the result twice.
pub(crate) fn members(text: &[u8]) -> Option<Vec<(String, Value)>> {
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
