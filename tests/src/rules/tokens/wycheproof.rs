//! The HS256 cases of Wycheproof (C2SP, Apache-2.0).

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use latchkey::keys::{KeySet, Keys};
use latchkey::time::Timestamp;
use latchkey::token::Tokens;
use serde_json::{Value, json};

use crate::harness::latchkey::STACK;

const FILE: &str = "wycheproof/json_web_signature_test.json";

/// 367 and 370 are called invalid, although their bytes are those of 357. 372 and 373 are called valid, although they
/// contain a `?`.
const DEFECTS: [u64; 4] = [367, 370, 372, 373];

/// Latchkey refuses all of the tokens, because their headers and claims are not those of Latchkey. It judges the
/// signatures as Wycheproof does.
#[test]
fn signatures_are_judged_as_wycheproof_judges_them() {
    let Some(folder) = corpora() else {
        eprintln!("SKIPPED: CORPORA_DIR is not set. It must name the folder with {FILE}.");
        return;
    };
    let text = std::fs::read_to_string(folder.join(FILE)).expect("the corpus");
    let corpus: Value = serde_json::from_str(&text).expect("JSON");
    let mut judged = Vec::new();
    for group in corpus["testGroups"].as_array().expect("groups") {
        let key = &group["private"];
        if key["alg"] != "HS256" {
            continue;
        }
        let secret = BASE64URL_NOPAD.decode(key["k"].as_str().expect("a key").as_bytes()).expect("base64url");
        for test in group["tests"].as_array().expect("tests") {
            let (id, jws) = (test["tcId"].as_u64().expect("an id"), test["jws"].as_str().unwrap_or_default());
            if let Some(keys) = KeySet::parse(&json!({ "0": key["k"] }).to_string()) {
                let tokens = Tokens::new(STACK.to_owned(), Keys::fixed(keys));
                assert!(tokens.verify(jws, Timestamp::from_seconds(0)).is_none(), "{test}");
            }
            if !DEFECTS.contains(&id) {
                judged.push((id, is_signed(jws, &secret), test["result"] == "valid"));
            }
        }
    }
    assert!(judged.len() >= 36, "{} cases of HS256", judged.len());
    let wrong: Vec<_> = judged.iter().filter(|(_, found, expected)| found != expected).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
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

#[expect(clippy::disallowed_methods, reason = "the folder of the test data, not configuration")]
fn corpora() -> Option<std::path::PathBuf> {
    std::env::var_os("CORPORA_DIR").map(Into::into)
}
