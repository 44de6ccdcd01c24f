//! The tokens that Latchkey issued before it encrypted them: signed with HS256, with three parts. None is issued now.
//!
//! They are accepted until they expire, so that the update logs no one out and forgets no device. Remove this file, and
//! `Key::verifying`, once the first version without them has been out for as long as a device stays known: the absolute
//! and the idle lifetime together.
//!
//! The library checks the signature alone. Its own validation would accept a missing or wrongly typed `iss`, `aud` or
//! `sub`, ignore `crit` and `typ`, and accept an `exp` of now. [`crate::token::Tokens`] checks everything else.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;

use crate::keys::key::{Subkey, is_kid};
use crate::keys::key_set::KeySet;
use crate::token::claims::Claims;

/// The headers of a token. Any other, such as `crit` or an embedded key, is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// Whether a token has the three parts of a signed one.
pub(super) fn has_its_parts(token: &str) -> bool {
    token.split('.').count() == 3
}

/// The name of the key that signed a token. `None` if it is no token of this form. Nothing is verified.
pub(super) fn key_id(token: &str) -> Option<String> {
    header(token).map(|header| header.kid)
}

/// The claims of a token, and the subkey that signed it. `None` unless the token has this type, and one of the keys has
/// signed it.
pub(super) fn open<C: Claims>(keys: &KeySet, token: &str) -> Option<(C, Option<Arc<Subkey>>)> {
    let header = header(token).filter(|header| header.typ == C::TYPE)?;
    keys.find(&header.kid)?.verifying(C::PURPOSE?).into_iter().find_map(|key| {
        let token = jsonwebtoken::decode::<C>(token, &key.verifying, &signature_only()).ok()?;
        Some((token.claims, Some(Arc::clone(key))))
    })
}

fn header(token: &str) -> Option<StrictHeader> {
    let (encoded, _) = token.split_once('.')?;
    let header: StrictHeader =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?).ok()?;
    (header.alg == "HS256" && is_kid(&header.kid)).then_some(header)
}

fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
