//! A database whose responses never change: `ada1` has an account, every session exists, and the limiter refuses every
//! login as `mallory`.

use std::convert::Infallible;
use std::sync::LazyLock;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use latchkey::account::Identifier;
use latchkey::keys::KeySet;
use latchkey::limits::Counter;
use latchkey::password::StoredHash;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Responds until the process ends.
pub async fn serve(listener: TcpListener, password_hash: StoredHash) {
    while let Ok((stream, _)) = listener.accept().await {
        let password_hash = password_hash.clone();
        let service = service_fn(move |request| respond(request, password_hash.clone()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn respond(
    request: Request<Incoming>,
    password_hash: StoredHash,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let operation = request.headers()["x-amz-target"].to_str().expect("ASCII").to_owned();
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    let request: Value = serde_json::from_slice(&body).expect("JSON");
    let is_refused = operation.ends_with("UpdateItem") && request["Key"]["key"]["S"] == *MALLORY.as_str();
    let output = match operation.rsplit('.').next() {
        Some("GetItem") => match (request["TableName"].as_str(), &request["Key"]) {
            (Some("users"), key) => json!({ "Item": user(key) }),
            (Some("credentials"), key) if key["identifier"]["S"] == "username#ada1" => {
                json!({ "Item": credential(key, &password_hash) })
            }
            (Some("proofs"), key) => json!({ "Item": proof(key) }),
            (Some("keys"), _) => {
                let key = json!({ "n": { "S": "AQAB" }, "e": { "S": "AQAB" }, "signs_from": { "N": "0" } });
                json!({ "Item": { "keys": { "M": { "name": { "M": key } } } } })
            }
            _ => json!({}),
        },
        Some("BatchGetItem") => {
            let key = |table: &str| &request["RequestItems"][table]["Keys"][0];
            let (session, user) = (session(key("sessions")), user(key("users")));
            json!({ "Responses": { "sessions": [session], "users": [user] }, "UnprocessedKeys": {} })
        }
        Some("UpdateItem") if is_refused => too_many_failures(),
        Some("DeleteItem") => json!({ "Attributes": session(&request["Key"]) }),
        _ => json!({}),
    };
    let status = if is_refused { 400 } else { 200 };
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    Ok(response.body(Full::new(Bytes::from(output.to_string()))).expect("a response"))
}

/// The key of the counter of `mallory`'s failures.
static MALLORY: LazyLock<String> = LazyLock::new(|| {
    let identifier = Identifier::parse("mallory").expect("an identifier");
    let keys = KeySet::parse(&crate::keys()).expect("a key of 32 bytes");
    keys.counter(Counter::identifier(&identifier).as_str()).expect("a key")
});

/// The response when the condition fails, with the item that it found.
fn too_many_failures() -> Value {
    let last_at = number(crate::NOW.as_seconds() - 10);
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "failed",
        "Item": { "key": { "S": MALLORY.as_str() }, "failures": number(99), "last_at": last_at },
    })
}

fn number(number: i64) -> Value {
    json!({ "N": number.to_string() })
}

fn user(key: &Value) -> Value {
    json!({
        "user_id": key["user_id"], "username": { "S": "Ada1" }, "username_canonical": { "S": "ada1" },
        "email": { "S": "ada@example.com" }, "role": { "S": "user" }, "status": { "S": "active" },
        "epoch": number(0), "version": number(0), "created_at": number(crate::NOW.as_seconds()),
    })
}

fn credential(key: &Value, password_hash: &StoredHash) -> Value {
    json!({
        "identifier": key["identifier"], "user_id": { "S": "AAAAAAAAAAAAAAAAAAAAAA" }, "epoch": number(0),
        "password_hash": { "S": password_hash.reveal() },
    })
}

/// A proof of the user's email address.
fn proof(key: &Value) -> Value {
    let now = crate::NOW.as_seconds();
    json!({
        "proof_id": key["proof_id"], "purpose": { "S": "verify" }, "email": { "S": "ada@example.com" },
        "user_id": { "S": "AAAAAAAAAAAAAAAAAAAAAA" }, "made_at": number(now), "expires_at": number(now + 60),
    })
}

/// A session after its active period, so that the profile renews it.
fn session(key: &Value) -> Value {
    let now = crate::NOW.as_seconds();
    json!({
        "user_id": key["user_id"], "session_id": key["session_id"], "authenticated_with": { "S": "password" },
        "created_at": number(now - 90_000), "authenticated_at": number(now - 90_000), "active_until": number(now - 1),
        "idle_until": number(now + 1_000), "absolute_until": number(now + 2_000), "expires_at": number(now + 1_000),
        "epoch": number(0),
    })
}
