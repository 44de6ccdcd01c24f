//! Fuzz targets: a parser of untrusted input must neither panic nor accept invalid input.
//!
//! A target is a function that takes any bytes, and panics when Latchkey treats them wrongly. `make fuzz` runs each
//! target under libFuzzer, which looks for bytes that reach new code. `make test` replays the bytes in `corpus/`.
//! A target does not repeat the code that it tests. It parses the bytes in a second, simpler way, and compares.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a target fails by panicking"
)]

mod access_token;
mod body;
mod claims;
mod client;
mod cookie;
mod database;
mod event;
mod hash;
mod import;
mod item;
mod names;
mod own_claims;
mod query;
mod return_to;
mod token;

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use latchkey::http::request::Request;
use latchkey::keys::{KeySet, Keys};
use latchkey::time::Timestamp;
use latchkey::token::Tokens;
use serde_json::{Value, json};

pub use self::token::{hs256, opened, sealed, subkey};

/// Panics when Latchkey treats the bytes wrongly.
pub type Target = fn(&[u8]);

/// All targets, by the names of their folders in `corpus/`.
pub const TARGETS: [(&str, Target); 14] = [
    ("access_token", access_token::access_token),
    ("body", body::body),
    ("claims", claims::claims),
    ("client", client::client),
    ("cookie", cookie::cookie),
    ("event", event::event),
    ("hash", hash::hash),
    ("import", import::import),
    ("item", item::item),
    ("names", names::names),
    ("own_claims", own_claims::own_claims),
    ("query", query::query),
    ("return_to", return_to::return_to),
    ("token", token::token),
];

/// The time of every request.
const NOW: Timestamp = Timestamp::from_seconds(1_795_165_200);
/// The name of the stack, the id of the key that signs its tokens, and that key.
const STACK: &str = "fuzz";
const KID: &str = "1000";
const SECRET: [u8; 32] = [7; 32];

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| {
    Tokens::new(STACK.to_owned(), Keys::fixed(KeySet::parse(&keys()).expect("a key of 32 bytes")))
});

/// The key in the form of `SIGNING_KEYS`.
fn keys() -> String {
    json!({ KID: BASE64URL_NOPAD.encode(&SECRET) }).to_string()
}

/// The request that Latchkey reads from an event.
fn request(event: &Value) -> Request {
    let event = serde_json::value::to_raw_value(event).expect("JSON");
    Request::from_event(&event, "request-id", NOW)
}
