//! An API whose route `/me` is for users of Latchkey alone.
//!
//! `cargo run` starts it for the Latchkey of `make dev`. It reads the variables `LATCHKEY`, `AUDIENCE` and `PORT`.

mod latchkey;

use std::sync::Arc;

use axum::routing::get;
use axum::{Extension, Router, middleware};
use tokio::net::TcpListener;

use crate::latchkey::{Latchkey, User, authenticated};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let variable = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let issuer = variable("LATCHKEY", "http://127.0.0.1:9000");
    let latchkey = Arc::new(Latchkey::new(&issuer, &variable("AUDIENCE", &issuer))?);
    let routes = Router::new()
        .route("/me", get(async |Extension(user): Extension<User>| user.sub))
        // Routes that come after this line are open to everyone.
        .route_layer(middleware::from_fn_with_state(latchkey, authenticated));
    let listener = TcpListener::bind(("127.0.0.1", variable("PORT", "3000").parse().unwrap_or(3000))).await?;
    println!("ready at http://{}/me", listener.local_addr()?);
    axum::serve(listener, routes).await?;
    Ok(())
}
