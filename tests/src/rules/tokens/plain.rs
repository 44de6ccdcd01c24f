//! Tokens from before they were encrypted: they go on until they expire, and the next ones are encrypted.

use data_encoding::BASE64URL_NOPAD;
use fuzz::{hs256, opened, subkey};
use serde_json::{Value, json};

use crate::harness::client::credentials;
use crate::harness::latchkey::{KID, SECRET};
use crate::harness::{Client, Latchkey};
use crate::rules::limiter::guess;
use crate::rules::tokens::{Form, Session, object};

#[tokio::test]
async fn a_signed_session_goes_on_and_is_renewed_as_an_encrypted_one() {
    let session = Session::start(Form::Signed).await;
    let mut client = Client::with_token(&session.token);
    session.latchkey.pass(86_400);
    assert_eq!(client.get(&session.latchkey, "/profile").await.status, 200);
    assert_ne!(client.token(), session.token);
    let claims = opened(client.token(), &Form::Encrypted.key(&SECRET)).expect("an encrypted token");
    assert_eq!(object(&claims)["sid"], session.claims["sid"], "the same session");
    assert!(session.accepts(&session.token).await && client.is_signed_in(&session.latchkey).await);
    session.latchkey.pass(30 * 86_400);
    assert!(!session.accepts(&session.token).await);
}

#[tokio::test]
async fn a_token_from_before_there_were_subkeys_is_still_valid() {
    let session = Session::start(Form::Signed).await;
    let (header, claims) = (Form::Signed.header().to_string(), json!(session.claims).to_string());
    assert!(session.accepts(&Form::Signed.make(&header, &claims, &SECRET)).await);
    assert!(!session.accepts(&Form::Encrypted.make(&header, &claims, &SECRET)).await);
}

/// The token of a device as the version before made it: with the hashes of that time, and without `second`.
fn signed_device(issued: &str, identifiers: [&str; 2], key: &[u8]) -> String {
    let claims = opened(issued, &subkey("device+jwt/A256GCM", &SECRET)).expect("a token");
    let mut claims = object(&claims);
    assert_eq!(claims.remove("second"), Some(json!(false)));
    let did = claims["did"].as_str().expect("a name").to_owned();
    claims["ids"] = json!(identifiers.map(|identifier| hs256(&format!("device#{did}#{identifier}"), key)));
    let header = json!({ "alg": "HS256", "kid": KID, "typ": "device+jwt" });
    let encode = |part: Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
    let message = format!("{}.{}", encode(header), encode(json!(claims)));
    let signature = hs256(&message, key);
    format!("{message}.{signature}")
}

#[tokio::test]
async fn a_signed_device_stays_known_and_the_next_login_encrypts_its_token() {
    for key in [subkey("device", &SECRET), SECRET.to_vec()] {
        let latchkey = Latchkey::start().await;
        let mut owner = Client::signed_up(&latchkey, "ada1").await;
        let identifiers = ["username#ada1", "email#ada1@example.com"];
        let device = signed_device(&owner.cookies["__Host-device"], identifiers, &key);
        owner.cookies.remove("__Host-session");
        for identifier in ["ada1", "ada1@example.com"] {
            owner.cookies.insert("__Host-device".to_owned(), device.clone());
            guess(&latchkey, &Client::program(), identifier).await;
            assert_eq!(
                owner.post(&latchkey, "/login", &credentials(identifier)).await.status,
                200,
                "{identifier}"
            );
            let issued = owner.cookies["__Host-device"].clone();
            assert!(opened(&issued, &subkey("device+jwt/A256GCM", &SECRET)).is_some(), "{issued}");
        }
        let strangers =
            [signed_device(&owner.cookies["__Host-device"], ["username#eve1", "email#e@example.com"], &key)];
        for stranger in strangers {
            owner.cookies.insert("__Host-device".to_owned(), stranger);
            guess(&latchkey, &Client::program(), "ada1").await;
            assert_eq!(owner.post(&latchkey, "/login", &credentials("ada1")).await.status, 429);
        }
    }
}
