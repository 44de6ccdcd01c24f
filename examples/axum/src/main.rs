//! An application on axum: `/me` by the session cookie, `/orders` by an access token.
//!
//! `cargo run` starts it for the Latchkey of `make dev`. It reads the variables `LATCHKEY`, `AUDIENCE` and `PORT`.

mod latchkey;

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::AppendHeaders;
use axum::routing::get;
use axum::{Extension, Json, Router, middleware};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::latchkey::{Latchkey, User, authenticated};

/// Asks Latchkey, so a logout counts at once. It is for pages on Latchkey's own host, which send the cookie.
async fn me(
    Extension(issuer): Extension<Arc<str>>,
    Extension(client): Extension<reqwest::Client>,
    headers: HeaderMap,
) -> Result<(AppendHeaders<Vec<(HeaderName, HeaderValue)>>, Json<Value>), StatusCode> {
    let cookie = headers.get(COOKIE).ok_or(StatusCode::UNAUTHORIZED)?;
    let profile = client.get(format!("{issuer}/profile")).header(COOKIE, cookie).send().await;
    let profile = profile.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    match profile.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => return Err(StatusCode::UNAUTHORIZED),
        // Latchkey does not respond: the user is neither logged in nor out.
        _ => return Err(StatusCode::SERVICE_UNAVAILABLE),
    }
    // The request may have renewed the session: the browser needs the new cookie.
    let renewed = profile.headers().get_all(SET_COOKIE).iter().map(|cookie| (SET_COOKIE, cookie.clone()));
    // No cache may give it to another user.
    let headers = renewed.chain([(CACHE_CONTROL, HeaderValue::from_static("no-store"))]).collect();
    let profile: Value = profile.json().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok((AppendHeaders(headers), Json(json!({ "user": profile["user"]["id"] }))))
}

/// The token is verified already, so a logout counts when it expires.
async fn orders(Extension(user): Extension<User>) -> Json<Value> {
    Json(json!({ "user": user.sub }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let variable = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let issuer = variable("LATCHKEY", "http://127.0.0.1:9000");
    let latchkey = Arc::new(Latchkey::new(&issuer, &variable("AUDIENCE", &issuer))?);
    let routes = Router::new()
        .route("/orders", get(orders))
        // Routes that come after this line are open to everyone, or judge for themselves.
        .route_layer(middleware::from_fn_with_state(latchkey, authenticated))
        .route("/me", get(me))
        .layer(Extension(Arc::<str>::from(issuer)))
        .layer(Extension(reqwest::Client::builder().timeout(std::time::Duration::from_secs(5)).build()?));
    let listener = TcpListener::bind(("127.0.0.1", variable("PORT", "3000").parse().unwrap_or(3000))).await?;
    println!("ready at http://{}", listener.local_addr()?);
    axum::serve(listener, routes).await?;
    Ok(())
}
