//! An outage of the database: every route responds in time, computes no hash, and ends no session.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::client::{account, credentials};
use crate::harness::{Client, Latchkey};

#[tokio::test]
async fn every_route_gives_up_on_the_database_within_three_seconds() {
    let reachable = Latchkey::start().await;
    let client = Client::signed_up(&reachable, "ada1").await;
    // A server that never responds, a port without a listener, and a host that does not exist.
    let black_hole = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let black_hole = format!("http://{}", black_hole.local_addr().expect("an address"));
    let unreachable = ["http://127.0.0.1:1", "http://dynamodb.invalid"].map(str::to_owned);
    let cases = unreachable.into_iter().chain([black_hole]).map(async |endpoint| {
        let latchkey = Latchkey::start_with(&[("AWS_ENDPOINT_URL_DYNAMODB", &endpoint)]).await;
        for (method, path, body) in [
            ("GET", "/profile", None),
            ("GET", "/", None),
            ("GET", "/signup", None),
            ("GET", "/login", None),
            ("POST", "/signup", Some(account("ada2"))),
            ("POST", "/login", Some(credentials("ada1"))),
            ("POST", "/logout", Some(json!({}))),
            ("POST", "/token", Some(json!({}))),
            ("GET", "/.well-known/jwks.json", None),
        ] {
            let mut client = client.clone();
            #[expect(clippy::disallowed_methods, reason = "this measures time")]
            let begin = Instant::now();
            let response = match body {
                Some(fields) => client.post(&latchkey, path, &fields).await,
                None => client.get(&latchkey, path).await,
            };
            let took = begin.elapsed();
            assert_eq!(response.status, 503, "{endpoint}: {method} {path}: {response:?}");
            assert!(response.cookies.is_empty() && response.header("retry-after").is_some());
            assert!(took <= Duration::from_secs(3), "{endpoint}: {method} {path} took {took:?}");
        }
        let functions = &latchkey.functions;
        assert_eq!(functions.signup.hasher.computed() + functions.login.verifier.hasher.computed(), 0);
    });
    join_all(cases).await;
    assert!(client.is_signed_in(&reachable).await);
}
