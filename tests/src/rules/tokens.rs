//! Forged, damaged and odd tokens: Latchkey accepts only its own tokens, in the form of today and, until they expire,
//! in the form from before tokens were encrypted.

mod keys;
mod libraries;
mod odd;
mod plain;
mod shapes;
mod wycheproof;

use data_encoding::BASE64URL_NOPAD;
use fuzz::{hs256, opened, sealed, subkey};
use serde_json::{Map, Value, json};

use crate::harness::latchkey::{KID, SECRET, STACK};
use crate::harness::{Client, Latchkey};

/// A form of the token of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A JWE.
    Encrypted,
    /// A JWS with HS256, as before.
    Signed,
}

const FORMS: [Form; 2] = [Form::Encrypted, Form::Signed];

impl Form {
    fn header(self) -> Value {
        match self {
            Self::Encrypted => json!({ "alg": "dir", "enc": "A256GCM", "typ": "session+jwt", "kid": KID }),
            Self::Signed => json!({ "alg": "HS256", "typ": "session+jwt", "kid": KID }),
        }
    }

    /// The key for the tokens of sessions.
    fn key(self, secret: &[u8]) -> Vec<u8> {
        match self {
            Self::Encrypted => subkey("session+jwt/A256GCM", secret),
            Self::Signed => subkey("session", secret),
        }
    }

    /// A token with any header and claims, whatever the header says.
    fn make(self, header: &str, claims: &str, key: &[u8]) -> String {
        match self {
            Self::Encrypted => sealed(header.as_bytes(), claims.as_bytes(), key),
            Self::Signed => {
                let message = format!("{}.{}", encode(header), encode(claims));
                let signature = hs256(&message, key);
                format!("{message}.{signature}")
            }
        }
    }
}

fn encode(part: &str) -> String {
    BASE64URL_NOPAD.encode(part.as_bytes())
}

fn object(text: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(text).expect("an object")
}

/// The session of a user, and what is in its token.
struct Session {
    latchkey: Latchkey,
    form: Form,
    token: String,
    claims: Map<String, Value>,
}

impl Session {
    async fn start(form: Form) -> Self {
        let latchkey = Latchkey::start().await;
        let issued = Client::signed_up(&latchkey, "ada1").await.token().to_owned();
        let claims = opened(&issued, &Form::Encrypted.key(&SECRET)).expect("a token of this key");
        let claims = object(&claims);
        let token = match form {
            Form::Encrypted => issued,
            Form::Signed => {
                form.make(&form.header().to_string(), &json!(claims).to_string(), &form.key(&SECRET))
            }
        };
        Self { latchkey, form, token, claims }
    }

    async fn accepts(&self, token: &str) -> bool {
        Client::with_token(token).is_signed_in(&self.latchkey).await
    }

    /// The token with this header and these claims, made with the right key.
    fn make(&self, header: &str, claims: &str) -> String {
        self.form.make(header, claims, &self.form.key(&SECRET))
    }

    /// The token with other claims, made with the right key.
    fn claims(&self, changes: Value) -> String {
        self.make(&self.form.header().to_string(), &json!(changed(&self.claims, changes)).to_string())
    }

    /// The token with another header, made with the right key.
    fn header(&self, changes: Value) -> String {
        let header = changed(&object(self.form.header().to_string().as_bytes()), changes);
        self.make(&json!(header).to_string(), &json!(self.claims).to_string())
    }

    fn parts(&self) -> Vec<&str> {
        self.token.split('.').collect()
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
    let session = Session::start(Form::Encrypted).await;
    let header = BASE64URL_NOPAD.decode(session.parts()[0].as_bytes()).expect("base64url");
    let header = String::from_utf8(header).expect("text");
    assert_eq!(header, format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{KID}","typ":"session+jwt"}}"#));
    let mut names: Vec<_> = session.claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "role", "sid", "sub"]);
    assert_eq!((&session.claims["iss"], &session.claims["aud"]), (&json!(STACK), &json!(STACK)));
    assert_eq!(session.claims["exp"], session.latchkey.now() + 30 * 86_400);
    assert!(session.token.len() <= 400, "{}", session.token.len());
}

#[tokio::test]
async fn a_token_of_either_form_is_accepted_with_its_claims_in_any_order() {
    for form in FORMS {
        let session = Session::start(form).await;
        assert!(session.accepts(&session.token).await, "{form:?}");
        assert!(session.accepts(&session.claims(json!({}))).await, "the tests make tokens as Latchkey does");
        assert!(
            session.accepts(&session.claims(json!({ "role": "admin" }))).await,
            "the role is only information"
        );
        let now = session.latchkey.now();
        assert!(session.accepts(&session.claims(json!({ "iat": now + 60 }))).await);
        assert!(session.accepts(&session.claims(json!({ "exp": now + 1 }))).await);
    }
}

#[tokio::test]
async fn a_token_tells_nothing_of_its_user_and_each_is_another() {
    let latchkey = Latchkey::start().await;
    let mut ada = Client::signed_up(&latchkey, "ada1").await;
    let session = ada.token().to_owned();
    let device = ada.cookies["__Host-device"].clone();
    for (token, typ) in [(&session, "session+jwt"), (&device, "device+jwt")] {
        let [header, "", iv, text, tag] = *token.split('.').collect::<Vec<_>>() else { panic!("five parts") };
        let claims = opened(token, &subkey(&format!("{typ}/A256GCM"), &SECRET)).expect("a token");
        let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64url");
        let shown = [header, iv, text, tag].map(decode).concat();
        let values: Vec<Value> = object(&claims).into_iter().map(|(_, value)| value).collect();
        assert!(values.len() >= 7, "{values:?}");
        for value in values {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let is_shown = shown.windows(value.len()).any(|part| part == value.as_bytes());
            assert!(!is_shown || value.len() < 4, "{value} can be read from {token}");
        }
    }
    // The same claims, encrypted again, are another text.
    ada.cookies.clear();
    let renewed = Client::signed_up(&latchkey, "ada2").await.token().to_owned();
    let [one, other] = [&session, &renewed].map(|token| token.split('.').nth(2).expect("an IV").to_owned());
    assert_ne!(one, other);
}

#[tokio::test]
async fn a_token_with_any_bit_flipped_or_any_end_cut_off_is_refused() {
    for form in FORMS {
        let session = Session::start(form).await;
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
        let operations = session.latchkey.database.take_operations();
        assert_eq!(operations, Vec::<String>::new(), "no such token causes a read");
    }
}

#[tokio::test]
async fn a_token_has_at_most_two_kilobytes() {
    for form in FORMS {
        let session = Session::start(form).await;
        let with_role = |length: usize| session.claims(json!({ "role": "r".repeat(length) }));
        let lengths: Vec<usize> = (1_000..1_500).map(|length| with_role(length).len()).collect();
        assert!(lengths.contains(&2_048) && lengths.last() > Some(&2_048), "{lengths:?}");
        for length in 1_000..1_500 {
            let token = with_role(length);
            assert_eq!(session.accepts(&token).await, token.len() <= 2_048, "{}", token.len());
        }
    }
}
