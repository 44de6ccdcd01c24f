//! The cases of Wycheproof (C2SP, Apache-2.0).

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use jsonwebtoken::{Algorithm, DecodingKey};
use latchkey::keys::{KeySet, Keys};
use latchkey::time::Timestamp;
use latchkey::token::Tokens;
use ring::{aead, hkdf};
use serde_json::{Value, json};

use crate::harness::corpus;
use crate::harness::latchkey::STACK;

/// 367 and 370 are called invalid, although their bytes are those of 357. 372 and 373 are called valid, although they
/// contain a `?`.
const DEFECTS: [u64; 4] = [367, 370, 372, 373];

/// The groups of a file of cases. `None`, and a message, without the folder of the test data.
fn groups(file: &str) -> Option<Vec<Value>> {
    let text = corpus(&format!("wycheproof/{file}_test.json"))?;
    let mut corpus: Value = serde_json::from_str(&text).expect("JSON");
    Some(corpus["testGroups"].take().as_array().expect("groups").clone())
}

fn tests(group: &Value) -> &[Value] {
    group["tests"].as_array().expect("tests")
}

/// The bytes of a member in hexadecimal.
fn bytes(test: &Value, member: &str) -> Vec<u8> {
    HEXLOWER.decode(test[member].as_str().expect("a member").as_bytes()).expect("hexadecimal")
}

/// Latchkey refuses a token that is none of its own, whatever the key.
fn is_refused(token: &str, key: &Value) -> bool {
    KeySet::parse(&json!({ "0": key }).to_string()).is_none_or(|keys| {
        let tokens = Tokens::new(STACK.to_owned(), Keys::fixed(keys));
        tokens.verify(token, Timestamp::from_seconds(0)).is_none()
    })
}

/// Latchkey refuses all of the tokens, because their headers and claims are not those of Latchkey. It judges the
/// signatures as Wycheproof does.
#[test]
fn signatures_are_judged_as_wycheproof_judges_them() {
    let Some(groups) = groups("json_web_signature") else { return };
    let mut judged = Vec::new();
    for group in groups.iter().filter(|group| group["private"]["alg"] == "HS256") {
        let key = &group["private"]["k"];
        let secret = BASE64URL_NOPAD.decode(key.as_str().expect("a key").as_bytes()).expect("base64url");
        for test in tests(group) {
            let (id, jws) = (test["tcId"].as_u64().expect("an id"), test["jws"].as_str().unwrap_or_default());
            assert!(is_refused(jws, key), "{test}");
            if !DEFECTS.contains(&id) {
                judged.push((id, is_signed(jws, &secret), test["result"] == "valid"));
            }
        }
    }
    assert!(judged.len() >= 36, "{} cases of HS256", judged.len());
    let wrong: Vec<_> = judged.iter().filter(|(_, found, expected)| found != expected).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// None of the tokens has the header of Latchkey's, so all are refused, even with the right key.
#[test]
fn every_encrypted_token_of_wycheproof_is_refused() {
    let Some(groups) = groups("json_web_encryption") else { return };
    let mut judged = 0;
    for group in &groups {
        // A key that is no octets would be no secret of Latchkey's.
        let key =
            if group["private"]["k"].is_string() { &group["private"]["k"] } else { &json!("A".repeat(43)) };
        for test in tests(group) {
            assert!(is_refused(test["jwe"].as_str().unwrap_or_default(), key), "{test}");
            judged += 1;
        }
    }
    assert_eq!(judged, 139);
}

#[test]
fn the_cipher_judges_as_wycheproof_does() {
    let Some(groups) = groups("aes_gcm") else { return };
    let is_ours = |group: &&Value| {
        [&group["keySize"], &group["ivSize"], &group["tagSize"]] == [&json!(256), &json!(96), &json!(128)]
    };
    let mut judged = 0;
    for test in groups.iter().filter(is_ours).flat_map(tests) {
        let [key, iv, aad, text, sealed, tag] =
            ["key", "iv", "aad", "msg", "ct", "tag"].map(|name| bytes(test, name));
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, &key).expect("a key of 256 bits");
        let iv = aead::Nonce::try_assume_unique_for_key(&iv).expect("an IV of 96 bits");
        let mut sealed = [sealed, tag].concat();
        let opened = aead::LessSafeKey::new(key).open_in_place(iv, aead::Aad::from(aad), &mut sealed);
        let is_right = opened.map(|opened| opened.to_vec()) == Ok(text);
        assert_eq!(is_right, test["result"] == "valid", "{test}");
        judged += 1;
    }
    assert_eq!(judged, 66);
}

/// The length of a key.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[test]
fn keys_are_derived_as_wycheproof_derives_them() {
    let Some(groups) = groups("hkdf_sha256") else { return };
    let mut judged = 0;
    for test in groups.iter().flat_map(tests) {
        let [ikm, salt, info] = ["ikm", "salt", "info"].map(|name| bytes(test, name));
        let length = usize::try_from(test["size"].as_u64().expect("a length")).expect("a length");
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, &salt).extract(&ikm);
        let mut key = vec![0; length];
        let info = [info.as_slice()];
        let derived = extracted.expand(&info, Length(length)).and_then(|derived| derived.fill(&mut key));
        let is_right = derived.is_ok() && key == bytes(test, "okm");
        assert_eq!(is_right, test["result"] == "valid", "{test}");
        judged += 1;
    }
    assert_eq!(judged, 86);
}

fn is_signed(jws: &str, secret: &[u8]) -> bool {
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
    let Some((message, signature)) = jws.rsplit_once('.') else { return false };
    let Some((header, payload)) = message.split_once('.') else { return false };
    let (Some(header), Some(_)) = (decode(header), decode(payload)) else { return false };
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    let key = DecodingKey::from_secret(secret);
    header["alg"] == "HS256"
        && jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::HS256)
            .unwrap_or(false)
}
