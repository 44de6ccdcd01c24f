//! Access tokens as an API of an application verifies them, without Latchkey's code.

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;

use crate::harness::{Client, Event, Latchkey};

/// The header and the claims of a token.
pub fn parts(token: &str) -> [Value; 2] {
    let mut parts = token.split('.');
    [(); 2].map(|()| {
        let part = BASE64URL_NOPAD.decode(parts.next().expect("a part").as_bytes()).expect("base64url");
        serde_json::from_slice(&part).expect("JSON")
    })
}

/// Whether a key of this JWK set has signed a token.
pub fn is_signed(token: &str, keys: &Value) -> bool {
    let [header, _] = parts(token);
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url");
    let key = keys["keys"].as_array().expect("keys").iter().find(|key| key["kid"] == header["kid"]);
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    key.is_some_and(|key| {
        let [n, e] = ["n", "e"].map(|name| decode(key[name].as_str().expect("a number")));
        let key = RsaPublicKeyComponents { n, e };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &decode(signature)).is_ok()
    })
}

/// The JWK set.
pub async fn keys(latchkey: &Latchkey) -> Value {
    let response = latchkey.send(&Event::new("GET", "/.well-known/jwks.json")).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

/// An access token for a client.
pub async fn exchange(client: &mut Client, latchkey: &Latchkey) -> String {
    let response = client.send(latchkey, &client.event("POST", "/token")).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.json()["access_token"].as_str().expect("a token").to_owned()
}
