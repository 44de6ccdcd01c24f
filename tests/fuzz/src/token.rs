//! Tokens: the text is the token.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::array::Array;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;

const IV: [u8; 12] = [9; 12];

/// An accepted token was made with a key: by encryption or, from before tokens were encrypted, by a signature with the
/// subkey of sessions or with the secret itself. Its claims are what Latchkey read from it.
pub fn token(data: &[u8]) {
    let Ok(token) = std::str::from_utf8(data) else { return };
    let Some(presented) = crate::TOKENS.verify(token, crate::NOW) else { return };
    let claims = if token.split('.').count() == 3 {
        let (message, signature) = token.rsplit_once('.').expect("a signature");
        let signatures = [sign("session", message), hs256(message, &crate::SECRET)];
        assert!(signatures.contains(&signature.to_owned()));
        let (_, claims) = message.split_once('.').expect("claims");
        BASE64URL_NOPAD.decode(claims.as_bytes()).expect("base64url")
    } else {
        opened(token, &subkey("session+jwt/A256GCM", &crate::SECRET)).expect("a token of this key")
    };
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["sub"], presented.user_id.as_str());
    assert_eq!(claims["sid"], presented.secret.reveal());
}

/// The signature of a message by the subkey for this purpose.
pub fn sign(purpose: &str, message: &str) -> String {
    hs256(message, &subkey(purpose, &crate::SECRET))
}

/// A JWE with any header, by another implementation than Latchkey's. Its IV is always the same.
///
/// # Panics
/// When the key has not 32 bytes.
#[must_use]
pub fn sealed(header: &[u8], text: &[u8], key: &[u8]) -> String {
    let header = BASE64URL_NOPAD.encode(header);
    let payload = Payload { msg: text, aad: header.as_bytes() };
    let sealed = cipher(key).encrypt(&Array(IV), payload).expect("a text that is not too long");
    let (text, tag) = sealed.split_at(sealed.len() - 16);
    let [iv, text, tag] = [&IV, text, tag].map(|part| BASE64URL_NOPAD.encode(part));
    format!("{header}..{iv}.{text}.{tag}")
}

/// What is in a JWE, by another implementation than Latchkey's. `None` if it was not made with this key.
///
/// # Panics
/// When the key has not 32 bytes, or the token is no JWE.
#[must_use]
pub fn opened(token: &str, key: &[u8]) -> Option<Vec<u8>> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, "", iv, text, tag] = parts.as_slice() else { panic!("no JWE: {token}") };
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64url");
    let iv: [u8; 12] = decode(iv).try_into().expect("96 bits");
    let payload = Payload { msg: &[decode(text), decode(tag)].concat(), aad: header.as_bytes() };
    cipher(key).decrypt(&Array(iv), payload).ok()
}

fn cipher(key: &[u8]) -> Aes256Gcm {
    Aes256Gcm::new_from_slice(key).expect("a key of 32 bytes")
}

/// The subkey of a secret for a purpose, such as `log` or `session+jwt/A256GCM`: HKDF-SHA-256 without a salt, by
/// another implementation than Latchkey's.
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
