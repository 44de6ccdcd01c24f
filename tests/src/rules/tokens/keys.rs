//! The keys of the tokens.

use data_encoding::BASE64URL_NOPAD;
use latchkey::account::UserId;
use latchkey::keys::{KeySet, Keys};
use latchkey::session::{ClientInfo, Lifetimes, NewSession};
use latchkey::time::{Seconds, Timestamp};
use latchkey::token::Tokens;
use serde_json::{Value, json};

use crate::harness::latchkey::{STACK, keys};
use crate::rules::tokens::{FORMS, Form};

#[test]
fn every_key_of_the_set_opens_and_the_latest_active_one_seals() {
    let secret = |byte: u8| BASE64URL_NOPAD.encode(&[byte; 32]);
    let tokens = |keys: Value| {
        Tokens::new(STACK.to_owned(), Keys::fixed(KeySet::parse(&keys.to_string()).expect("keys")))
    };
    let now = Timestamp::from_seconds(1_000);
    let claims = json!({
        "iss": STACK,
        "aud": STACK,
        "sub": BASE64URL_NOPAD.encode(&[1; 16]),
        "sid": BASE64URL_NOPAD.encode(&[2; 32]),
        "iat": 1_000,
        "exp": 2_000,
        "role": "user",
    });
    let token = |form: Form, kid: &str, byte: u8| {
        let mut header = form.header();
        header["kid"] = json!(kid);
        form.make(&header.to_string(), &claims.to_string(), &form.key(&[byte; 32]))
    };
    let all = tokens(json!({ "0": secret(1), "900": secret(2), "1100": secret(3) }));
    let without = tokens(json!({ "900": secret(2) }));
    for form in FORMS {
        for (kid, byte) in [("0", 1), ("900", 2), ("1100", 3)] {
            assert!(all.verify(&token(form, kid, byte), now).is_some(), "{kid}");
        }
        assert!(all.verify(&token(form, "0", 2), now).is_none(), "a key id names its key and no other");
        assert!(without.verify(&token(form, "0", 1), now).is_none(), "the old key was removed");
    }

    let user = UserId::parse(&BASE64URL_NOPAD.encode(&[1; 16])).expect("an id");
    for (now, kid) in [(899, "0"), (900, "900"), (1_099, "900"), (1_100, "1100")] {
        let now = Timestamp::from_seconds(now);
        let lifetimes = Lifetimes { active: Seconds(1), idle: Seconds(2), absolute: Seconds(3) };
        let client = ClientInfo::new(None, None);
        let new = NewSession::new(user.clone(), 0, client, lifetimes, now).expect("random numbers");
        let token = all.issue(&new.session, &new.secret, "user", now).expect("a token");
        let header = BASE64URL_NOPAD.decode(token.split('.').next().expect("a header").as_bytes());
        let header: Value = serde_json::from_slice(&header.expect("base64url")).expect("JSON");
        assert_eq!(header["kid"], kid);
    }
}

#[test]
fn a_key_is_never_printed() {
    let keys = KeySet::parse(&keys()).expect("a key");
    assert_eq!(format!("{keys:?}"), "KeySet(…)");
    assert_eq!(format!("{:?}", Tokens::new(STACK.to_owned(), Keys::fixed(keys))), "Tokens(…)");
}
