//! Tokens: the text is the token.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// An accepted token has a valid signature, and its claims are what Latchkey read from it.
pub fn token(data: &[u8]) {
    let Ok(token) = std::str::from_utf8(data) else { return };
    let Some(presented) = crate::TOKENS.verify(token, crate::NOW) else { return };
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    assert_eq!(signature, sign(message));
    let (_, claims) = message.split_once('.').expect("claims");
    let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["sub"], presented.user_id.as_str());
    assert_eq!(claims["sid"], presented.secret.reveal());
}

/// The signature of a message by the signing key.
pub fn sign(message: &str) -> String {
    hs256(message, &crate::SECRET)
}

/// HS256 by another implementation than Latchkey's.
///
/// # Panics
/// Never: HMAC takes secrets of any length.
#[must_use]
pub fn hs256(message: &str, secret: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
    mac.update(message.as_bytes());
    BASE64URL_NOPAD.encode(&mac.finalize().into_bytes())
}
