//! `make seed`: a few demo users, signed up through the API of the running stack.

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::json;

use crate::{Failure, http};

/// The password of every demo user.
const PASSWORD: &str = "a demo password";

/// Signs up the demo users. It does not change those that already exist.
///
/// # Errors
/// When no stack responds on this port, or the stack refuses a user.
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
        let response = http::send(&format!("127.0.0.1:{port}"), request).await;
        let response = response.map_err(|error| {
            format!("no stack responds on port {port} ({error}). Start it with: make dev PORT={port}")
        })?;
        match response.status().as_u16() {
            201 => println!("{username} signed up, with the password \"{PASSWORD}\""),
            409 => println!("{username} already exists"),
            status => {
                let body = String::from_utf8_lossy(response.body());
                return Err(format!("{username}: {status} {body}").into());
            }
        }
    }
    Ok(())
}
