//! `make seed`: a few demo users, signed up through the API of the running stack.

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::json;

use crate::{Failure, http};

/// The password of every demo user.
const PASSWORD: &str = "a demo password";

/// Signs the demo users up; those who are there already stay as they are.
///
/// # Errors
/// When no stack answers on this port, or it refuses a user.
pub async fn run(port: u16) -> Result<(), Failure> {
    for (username, name) in [
        ("margaret.hamilton", "Margaret Hamilton"),
        ("katherine_johnson", "Katherine Johnson"),
        ("alan-turing", "Alan Turing"),
    ] {
        let body = json!({
            "username": username, "email": format!("{username}@example.com"), "password": PASSWORD, "name": name,
        });
        let request = Request::post("/signup")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        let answer = http::send(&format!("127.0.0.1:{port}"), request).await;
        let answer = answer.map_err(|error| {
            format!("nothing answers on port {port} ({error}). Start it with: make dev PORT={port}")
        })?;
        match answer.status().as_u16() {
            201 => println!("{username} signed up, with the password \"{PASSWORD}\""),
            409 => println!("{username} is there already"),
            status => {
                return Err(format!("{username}: {status} {}", String::from_utf8_lossy(answer.body())).into());
            }
        }
    }
    Ok(())
}
