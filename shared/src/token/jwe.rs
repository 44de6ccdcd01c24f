//! The encryption of the tokens: a JWE (RFC 7516, compact) whose key is used directly (`dir`), with A256GCM.
//!
//! The key belongs to one type of token, so a token of one type opens as no other. A token has exactly the header that
//! [`header`] makes. So there is nothing that a token could choose: no algorithm, no compression and no key of its own.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use ring::aead::{Aad, NONCE_LEN, Nonce, Tag};

use crate::error::{Cause, Error};
use crate::keys::key::{Key, Subkey, is_kid};
use crate::keys::key_set::KeySet;
use crate::random;
use crate::token::claims::Claims;

const BEFORE_KID: &str = r#"{"alg":"dir","enc":"A256GCM","kid":""#;

/// The first part of a token of this type, under the key of this name.
fn header(kid: &str, typ: &str) -> String {
    BASE64URL_NOPAD.encode(format!(r#"{BEFORE_KID}{kid}","typ":"{typ}"}}"#).as_bytes())
}

/// The name of the key of a token. `None` if it is no token of this form. Nothing is verified.
pub(super) fn key_id(token: &str) -> Option<String> {
    let (header, _) = token.split_once('.')?;
    let header = String::from_utf8(BASE64URL_NOPAD.decode(header.as_bytes()).ok()?).ok()?;
    let (kid, _) = header.strip_prefix(BEFORE_KID)?.split_once('"')?;
    is_kid(kid).then(|| kid.to_owned())
}

/// A token with these claims, which only a holder of the key can read.
///
/// The IV is random. So one key may encrypt 2^32 tokens of a type (NIST SP 800-38D, 8.3).
pub(super) fn seal<C: Claims>(key: &Key, claims: &C) -> Result<String, Error> {
    let header = header(key.kid(), C::TYPE);
    let iv: [u8; NONCE_LEN] = random::bytes()?;
    let mut text = serde_json::to_vec(claims).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    let cipher = key.cipher(C::TYPE)?;
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = cipher.seal_in_place_separate_tag(nonce, Aad::from(&header), &mut text);
    let tag = tag.map_err(|_| Error::internal("a token is too long to be encrypted"))?;
    let [iv, text, tag] = [&iv, text.as_slice(), tag.as_ref()].map(|part| BASE64URL_NOPAD.encode(part));
    Ok(format!("{header}..{iv}.{text}.{tag}"))
}

/// The claims of a token, and the subkey of its purpose, if it has one. `None` unless the token has this type, and one
/// of the keys has made it.
pub(super) fn open<C: Claims>(keys: &KeySet, token: &str) -> Option<(C, Option<Arc<Subkey>>)> {
    let parts: Vec<&str> = token.splitn(6, '.').collect();
    let [encoded_header, "", iv, text, tag] = parts.as_slice() else { return None };
    let key = keys.find(&key_id(token)?)?;
    if **encoded_header != header(key.kid(), C::TYPE) {
        return None;
    }
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
    let iv = Nonce::try_assume_unique_for_key(&decode(iv)?).ok()?;
    let tag = Tag::try_from(decode(tag)?.as_slice()).ok()?;
    let mut text = decode(text)?;
    let cipher = key.cipher(C::TYPE).ok()?;
    let text = cipher.open_in_place_separate_tag(iv, Aad::from(encoded_header), tag, &mut text, 0..).ok()?;
    let subkey = C::PURPOSE.map(|purpose| Arc::clone(key.subkey(purpose)));
    Some((serde_json::from_slice(text).ok()?, subkey))
}
