//! The servers: `/me` by the session cookie, which asks Latchkey, and `/orders` by an access token, which asks no one.

use latchkey::keys::PrivateKeys;
use latchkey::time::Timestamp;
use rotation::access_tokens;
use serde_json::json;

use crate::harness::access_token::{keys, parts};
use crate::harness::example::Example;
use crate::harness::{Database, Fault};
use crate::rules::access_tokens::forged::{of_others, signed, tampered, with};
use crate::rules::access_tokens::start;

/// Publishes one more key, as a rotation does a day before the key signs; the private one.
fn rotate(database: &Database) -> String {
    let next = access_tokens::first(Timestamp::from_seconds(0)).expect("a key pair");
    let public = PrivateKeys::parse(&next).expect("keys").public();
    let (kid, key) = public.iter().next().expect("a key");
    let mut keys = database.items("KeysTable")[0]["keys"].clone();
    keys["M"][kid] = json!({ "M": {
        "n": { "S": key.n }, "e": { "S": key.e }, "signs_from": { "N": "0" },
    } });
    database.set("KeysTable", json!({ "set": { "S": "access" } }), &json!({ "keys": keys }));
    next
}

/// Tries an example in every state.
async fn judge<F: Future<Output = Example>>(example: impl Fn(String, &'static str) -> F) {
    let (site, mut client, token) = start(&[("ACCESS_TOKEN_AUDIENCES", "orders")]).await;
    let latchkey = &site.latchkey;
    let next = rotate(&latchkey.database);
    let example = example(site.origin.clone(), "orders").await;
    let user = json!({ "user": parts(&token)[1]["sub"] });
    let with_cookie = client.cookie_header();
    let of_cookie = [("cookie", &*with_cookie)];
    let me = async |headers: &[(&str, &str)]| {
        let answer = example.get("/me", headers).await;
        assert!(answer.cookies.is_empty(), "{answer:?}");
        (answer.status, answer.body)
    };
    let orders = async |token: &str| {
        let answer = example.get("/orders", &[("authorization", &format!("Bearer {token}"))]).await;
        (answer.status, answer.body)
    };

    assert_eq!([me(&[]).await.0, example.status(None).await], [401, 401], "anonymous");
    assert_eq!(me(&of_cookie).await, (200, user.clone()), "cookie");
    assert_eq!(example.get("/orders", &of_cookie).await.status, 401, "it knows no cookies");
    assert_eq!(me(&[("cookie", "a=b; __Host-session=x")]).await.0, 401, "another cookie");
    assert_eq!(orders(&token).await, (200, user.clone()), "bearer");
    let public = keys(latchkey).await;
    for (name, token) in [tampered(&token), of_others(&token, &public)].concat() {
        assert_eq!(orders(&token).await.0, 401, "{name}");
    }
    assert_eq!(example.status(Some(&format!("Basic {token}"))).await, 401);
    let [header, claims] = parts(&token);
    let kid = PrivateKeys::parse(&next).expect("keys").public().into_keys().next().expect("a key");
    let by_the_next = signed(&with(&header, "kid", json!(kid)), &claims, &next);
    assert_eq!(orders(&by_the_next).await, (200, user.clone()), "a rotation is under way");

    let key = json!({ "user_id": latchkey.database.items("UsersTable")[0]["user_id"] });
    for (state, status) in [("disabled", 401), ("active", 200)] {
        latchkey.database.set("UsersTable", key.clone(), &json!({ "status": { "S": state } }));
        assert_eq!([me(&of_cookie).await.0, orders(&token).await.0], [status, 200], "{state}");
    }
    latchkey.database.fail_always("BatchGetItem", Fault::error(400, "AccessDeniedException"));
    assert_eq!(me(&of_cookie).await.0, 503, "the user is neither logged in nor out");
    latchkey.database.clear_faults();
    latchkey.pass(86_400);
    // Something else of the application has renewed the session, and has not passed the cookie on.
    client.clone().get(latchkey, "/profile").await;
    let renewed = example.get("/me", &of_cookie).await;
    assert_eq!(
        (renewed.status, renewed.cookies.len(), renewed.is_cacheable),
        (200, 1, false),
        "the browser gets the new cookie: {renewed:?}"
    );
    client.post(latchkey, "/logout", &json!({})).await;
    assert_eq!([me(&of_cookie).await.0, orders(&token).await.0], [401, 200], "logged out");
}

#[tokio::test]
async fn express() {
    judge(async |issuer: String, audience| Example::express(&issuer, audience).await).await;
}

#[tokio::test]
async fn fastapi() {
    judge(async |issuer: String, audience| Example::fastapi(&issuer, audience).await).await;
}

#[tokio::test]
async fn axum() {
    judge(async |issuer: String, audience| Example::axum(&issuer, audience).await).await;
}

#[tokio::test]
#[ignore = "`make examples` builds what it runs"]
async fn nextjs() {
    judge(async |issuer: String, audience| Example::nextjs(&issuer, audience).await).await;
}
