//! Tokens: the text is the token.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// An accepted token has a valid signature, by the subkey of sessions or, from before there were subkeys, by the secret
/// itself. Its claims are what Latchkey read from it.
pub fn token(data: &[u8]) {
    let Ok(token) = std::str::from_utf8(data) else { return };
    let Some(presented) = crate::TOKENS.verify(token, crate::NOW) else { return };
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    assert!(
        [hs256(message, &subkey("session", &crate::SECRET)), hs256(message, &crate::SECRET)]
            .contains(&signature.to_owned())
    );
    let (_, claims) = message.split_once('.').expect("claims");
    let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["sub"], presented.user_id.as_str());
    assert_eq!(claims["sid"], presented.secret.reveal());
}

/// The signature of a message by the subkey for this purpose.
pub fn sign(purpose: &str, message: &str) -> String {
    hs256(message, &subkey(purpose, &crate::SECRET))
}

/// The subkey of a secret for a purpose, `session`, `device` or `log`: HKDF-SHA-256 without a salt, by another
/// implementation than Latchkey's.
#[must_use]
pub fn subkey(purpose: &str, secret: &[u8]) -> Vec<u8> {
    let extracted = mac(&[0; 32], &[secret]);
    mac(&extracted, &[b"latchkey/", purpose.as_bytes(), &[1]])
}

/// HS256 by another implementation than Latchkey's.
///
/// # Panics
/// Never: HMAC takes secrets of any length.
#[must_use]
pub fn hs256(message: &str, secret: &[u8]) -> String {
    BASE64URL_NOPAD.encode(&mac(secret, &[message.as_bytes()]))
}

fn mac(key: &[u8], message: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    for part in message {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
