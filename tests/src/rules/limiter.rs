//! The limits on guessing and on sign-ups.

mod address;
mod faults;
mod identifier;

use serde_json::{Value, json};

use crate::harness::{Client, Latchkey, Response};

/// The fields of a login with a wrong password.
pub fn wrong(identifier: &str) -> Value {
    json!({ "identifier": identifier, "password": "a wrong password" })
}

/// The delay of a refusal in seconds.
pub fn retry_after(response: &Response) -> i64 {
    assert_eq!((response.status, response.code().as_str()), (429, "too_many_attempts"), "{response:?}");
    response.header("retry-after").expect("a delay").parse().expect("seconds")
}

/// Guesses until a response is not a 401, each time from another address. Returns the number of guesses, and that
/// response.
pub async fn guess(latchkey: &Latchkey, client: &Client, identifier: &str) -> (usize, Response) {
    for guesses in 0.. {
        let response = client.moved().post(latchkey, "/login", &wrong(identifier)).await;
        if response.status != 401 {
            return (guesses, response);
        }
    }
    unreachable!()
}
