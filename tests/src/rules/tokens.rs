//! Forged, damaged and odd tokens: Latchkey accepts only its own tokens.

mod keys;
mod odd;
mod wycheproof;

use data_encoding::BASE64URL_NOPAD;
use fuzz::{hs256, subkey};
use serde_json::{Map, Value, json};

use crate::harness::latchkey::{KID, SECRET, STACK};
use crate::harness::{Client, Latchkey};

fn encode(part: &str) -> String {
    BASE64URL_NOPAD.encode(part.as_bytes())
}

/// Signs any header and claims with HS256, for any algorithm in the header.
fn sign(header: &str, claims: &str, secret: &[u8]) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = hs256(&message, secret);
    format!("{message}.{signature}")
}

/// The key that signs the tokens of sessions.
fn key() -> Vec<u8> {
    subkey("session", &SECRET)
}

/// The session of a user, and the parts of its token.
struct Session {
    latchkey: Latchkey,
    token: String,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Session {
    async fn start() -> Self {
        let latchkey = Latchkey::start().await;
        let token = Client::signed_up(&latchkey, "ada1").await.token().to_owned();
        let part = |number: usize| -> Map<String, Value> {
            let part = token.split('.').nth(number).expect("a part");
            serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64url"))
                .expect("an object")
        };
        let (header, claims) = (part(0), part(1));
        Self { latchkey, token, header, claims }
    }

    async fn accepts(&self, token: &str) -> bool {
        Client::with_token(token).is_signed_in(&self.latchkey).await
    }

    /// The token with other claims, signed with the right key.
    fn claims(&self, changes: Value) -> String {
        let claims = json!(changed(&self.claims, changes)).to_string();
        sign(&json!(self.header).to_string(), &claims, &key())
    }

    /// The token with another header, signed with the right key.
    fn header(&self, changes: Value) -> String {
        let header = json!(changed(&self.header, changes)).to_string();
        sign(&header, &json!(self.claims).to_string(), &key())
    }

    /// The three parts of the token.
    fn parts(&self) -> [&str; 3] {
        let parts: Vec<&str> = self.token.split('.').collect();
        parts.try_into().expect("three parts")
    }
}

/// A change that removes a member.
fn removed() -> Value {
    json!({ "remove": true })
}

/// An object with changed members.
fn changed(map: &Map<String, Value>, changes: Value) -> Map<String, Value> {
    let mut map = map.clone();
    let Value::Object(changes) = changes else { panic!("an object") };
    for (name, value) in changes {
        if value == removed() {
            map.remove(&name)
        } else {
            map.insert(name, value)
        };
    }
    map
}

#[tokio::test]
async fn a_token_has_exactly_the_headers_and_claims_of_the_contract() {
    let session = Session::start().await;
    assert_eq!(json!(session.header), json!({ "alg": "HS256", "typ": "session+jwt", "kid": KID }));
    let mut names: Vec<_> = session.claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "role", "sid", "sub"]);
    assert_eq!((&session.claims["iss"], &session.claims["aud"]), (&json!(STACK), &json!(STACK)));
    assert_eq!(session.claims["exp"], session.latchkey.now() + 30 * 86_400);
    assert!(session.token.len() <= 512, "{}", session.token.len());
    assert!(session.accepts(&session.token).await);
    assert!(session.accepts(&session.claims(json!({}))).await, "the tests sign as Latchkey does");
    assert!(
        session.accepts(&session.claims(json!({ "role": "admin" }))).await,
        "the role is only information"
    );
    assert!(session.accepts(&session.claims(json!({ "iat": session.latchkey.now() + 60 }))).await);
    assert!(session.accepts(&session.claims(json!({ "exp": session.latchkey.now() + 1 }))).await);
}

#[tokio::test]
async fn a_token_with_any_bit_flipped_or_any_end_cut_off_is_refused() {
    let session = Session::start().await;
    session.latchkey.database.take_calls();
    for position in 0..session.token.len() {
        assert!(!session.accepts(&session.token[..position]).await, "cut at {position}");
        for bit in 0..8 {
            let mut bytes = session.token.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            // A byte that is not ASCII arrives as the character of its value.
            let token: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            assert!(!session.accepts(&token).await, "bit {bit} of byte {position}");
        }
    }
    assert_eq!(
        session.latchkey.database.take_operations(),
        Vec::<String>::new(),
        "no such token causes a read"
    );
}

#[tokio::test]
async fn a_token_from_before_there_were_subkeys_is_still_valid() {
    let session = Session::start().await;
    let (header, claims) = (json!(session.header).to_string(), json!(session.claims).to_string());
    assert!(session.accepts(&sign(&header, &claims, &SECRET)).await);
}

#[tokio::test]
async fn a_token_has_at_most_two_kilobytes() {
    let session = Session::start().await;
    let with_role = |length: usize| session.claims(json!({ "role": "r".repeat(length) }));
    let lengths: Vec<usize> = (1_000..1_500).map(|length| with_role(length).len()).collect();
    assert!(lengths.contains(&2_048) && lengths.last() > Some(&2_048), "{lengths:?}");
    for length in 1_000..1_500 {
        let token = with_role(length);
        assert_eq!(session.accepts(&token).await, token.len() <= 2_048, "{}", token.len());
    }
}
