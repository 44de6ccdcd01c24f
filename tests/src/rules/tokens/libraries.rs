//! jose (npm) and jwcrypto (Python) open Latchkey's tokens with the key, and forge none.

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use crate::harness::latchkey::SECRET;
use crate::harness::libraries;
use crate::rules::tokens::{Form, Session};

#[tokio::test]
async fn two_libraries_open_a_token_with_the_key_and_forge_none() {
    let session = Session::start(Form::Encrypted).await;
    let [key, other] = [SECRET, [8; 32]].map(|secret| BASE64URL_NOPAD.encode(&Form::Encrypted.key(&secret)));
    for script in ["jwe.cjs", "jwe.py"] {
        let given = json!({ "token": session.token, "key": key, "other": other });
        let found = libraries::run(script, &given).await;
        assert_eq!(found["claims"], json!(session.claims), "{script}");
        let made = found["made"].as_str().expect("a token");
        assert!(session.accepts(made).await, "{script} with the key: {made}");
        let forged = found["forged"].as_object().expect("tokens");
        assert!(forged.len() >= 11, "{forged:?}");
        for (name, token) in forged {
            assert!(!session.accepts(token.as_str().expect("a token")).await, "{script}, {name}: {token}");
        }
    }
}
