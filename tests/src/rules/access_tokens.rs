//! Libraries of others, and the code of `docs/application.md`, accept access tokens and refuse every other token.

mod snippets;

use data_encoding::BASE64URL_NOPAD;
use fuzz::hs256;
use hyper::StatusCode;
use latchkey::keys::PrivateKeys;
use latchkey::time::Timestamp;
use rotation::access_tokens;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::harness::access_token::{exchange, keys, parts};
use crate::harness::example::Example;
use crate::harness::latchkey::ACCESS_TOKEN_KEYS;
use crate::harness::ministack::Ministack;
use crate::harness::{Client, LocalSite};
use crate::rules::access_tokens::snippets::{Snippets, block};

fn encode(part: &Value) -> String {
    BASE64URL_NOPAD.encode(part.to_string().as_bytes())
}

/// A token with this header and these claims, signed by the key of this set that signs.
fn signed(header: &Value, claims: &Value, keys: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let keys = PrivateKeys::parse(keys).expect("keys");
    let key = keys.signing(Timestamp::from_seconds(i64::MAX)).expect("a key");
    let signature = BASE64URL_NOPAD.encode(&key.sign(message.as_bytes()).expect("a signature"));
    format!("{message}.{signature}")
}

/// A member of a header or of claims with another value.
fn with(part: &Value, name: &str, value: Value) -> Value {
    let mut part = part.clone();
    part[name] = value;
    part
}

/// What is wrong with a token, and the token.
type Forged = Vec<(String, String)>;

/// Tokens whose header or claims were changed without a key.
fn tampered(good: &str) -> Forged {
    let [header, claims] = parts(good);
    let (_, signature) = good.rsplit_once('.').expect("a signature");
    let token = |header: &Value, claims: &Value| format!("{}.{}.{signature}", encode(header), encode(claims));
    let mut forged = Forged::new();
    for name in claims.as_object().expect("claims").keys() {
        let value = if claims[name].is_i64() { json!(9_999_999_999_i64) } else { json!("x") };
        forged.push((format!("claim {name} changed"), token(&header, &with(&claims, name, value))));
    }
    for (name, value) in [("alg", "RS512"), ("kid", "x"), ("typ", "JWT")] {
        forged.push((format!("header {name} changed"), token(&with(&header, name, json!(value)), &claims)));
    }
    for alg in ["none", "None", "NONE"] {
        let kept = token(&with(&header, "alg", json!(alg)), &claims);
        let (unsigned, _) = kept.rsplit_once('.').expect("a signature");
        forged.push((format!("algorithm {alg}, no signature"), format!("{unsigned}.")));
        forged.push((format!("algorithm {alg}, signature kept"), kept));
    }
    let (unsigned, _) = good.rsplit_once('.').expect("a signature");
    forged.push(("no signature".to_owned(), unsigned.to_owned()));
    forged.push(("nonsense".to_owned(), "x".to_owned()));
    forged
}

/// Tokens that the right key has signed, but of another kind; and tokens that another key has signed.
fn of_others(good: &str, public: &Value) -> Forged {
    let [header, claims] = parts(good);
    let mut forged = Forged::new();
    for (name, header, claims) in [
        ("another type", with(&header, "typ", json!("JWT")), claims.clone()),
        ("another issuer", header.clone(), with(&claims, "iss", json!("https://evil.example"))),
        ("another audience", header.clone(), with(&claims, "aud", json!("https://evil.example"))),
        ("expired", header.clone(), with(&claims, "exp", json!(1))),
    ] {
        forged.push((name.to_owned(), signed(&header, &claims, &ACCESS_TOKEN_KEYS)));
    }
    let other = access_tokens::first(Timestamp::from_seconds(0)).expect("a key pair");
    for (name, header) in [
        ("another key", header.clone()),
        ("unknown kid", with(&header, "kid", json!("A".repeat(43)))),
        ("kid as a path", with(&header, "kid", json!("../../dev/null"))),
        ("embedded key", with(&header, "jwk", jwk(&other))),
        ("jku", with(&header, "jku", json!("https://evil.example/keys"))),
    ] {
        forged.push((name.to_owned(), signed(&header, &claims, &other)));
    }
    let n = public["keys"][0]["n"].as_str().expect("a modulus");
    let modulus = BASE64URL_NOPAD.decode(n.as_bytes()).expect("base64url");
    let text = public["keys"][0].to_string().into_bytes();
    for (name, secret) in [("the modulus", modulus), ("the key as text", text)] {
        let message = format!("{}.{}", encode(&with(&header, "alg", json!("HS256"))), encode(&claims));
        let signature = hs256(&message, &secret);
        forged.push((format!("HS256 with {name}"), format!("{message}.{signature}")));
    }
    forged
}

/// The public key of a set of private ones.
fn jwk(keys: &str) -> Value {
    let public = PrivateKeys::parse(keys).expect("keys").public();
    let (kid, key) = public.iter().next().expect("a key");
    json!(key.jwk(kid))
}

/// A site with these variables, a client with a session, and an access token for it.
async fn start(variables: &[(&str, &str)]) -> (LocalSite, Client, String) {
    let site = LocalSite::start(variables).await;
    // Libraries read the clock of the machine.
    site.latchkey.pass(Timestamp::now().as_seconds() - site.latchkey.now());
    let mut client = Client::signed_up(&site.latchkey, "ada1").await;
    let token = exchange(&mut client, &site.latchkey).await;
    (site, client, token)
}

#[tokio::test]
async fn libraries_and_the_code_of_the_documents_accept_our_tokens_and_no_forged_one() {
    let (site, client, good) = start(&[("ACCESS_TOKEN_AUDIENCES", "orders")]).await;
    let public = keys(&site.latchkey).await;
    let cookies = client.cookies.iter().map(|(name, cookie)| (format!("the cookie {name}"), cookie.clone()));
    let forged = [tampered(&good), of_others(&good, &public), cookies.collect()].concat();
    assert!(forged.len() >= 33, "{}", forged.len());
    let mut tokens: Map<String, Value> =
        forged.into_iter().map(|(name, token)| (name, json!(token))).collect();
    tokens.insert("good".to_owned(), json!(good));
    let given = json!({ "issuer": site.origin, "audience": "orders", "tokens": tokens });

    let snippets = Snippets::new();
    let (npm, python) = (snippets.on_node(&given).await, snippets.in_python(&given).await);
    for metadata in npm["metadata"].as_array().expect("two documents") {
        let origin = &site.origin;
        assert_eq!(
            metadata,
            &json!({
                "name": origin,
                "keys": format!("{origin}/.well-known/jwks.json"),
                "endpoint": format!("{origin}/token"),
            })
        );
    }
    for (library, judged) in
        [("jose", &npm["jose"]), ("jsonwebtoken", &npm["jsonwebtoken"]), ("jwcrypto", &python["jwcrypto"])]
    {
        for (name, is_accepted) in judged.as_object().expect("tokens") {
            assert_eq!(is_accepted, name == "good", "{library}: {name}");
        }
    }
    for (framework, found) in [("Express", &npm), ("FastAPI", &python)] {
        for (name, status) in found["statuses"].as_object().expect("tokens") {
            assert_eq!(status, if name == "good" { 200 } else { 401 }, "{framework}: {name}");
        }
        assert_eq!(found["anonymous"], 401, "{framework}");
    }
    for (name, decision) in npm["authorizer"].as_object().expect("tokens") {
        let expected =
            if name == "good" { "arn:aws:execute-api:eu-central-1:1:a/live/*" } else { "Unauthorized" };
        assert_eq!(decision, expected, "REST API: {name}");
    }
}

#[tokio::test]
async fn the_jwt_authorizer_of_an_http_api_lets_our_tokens_through_and_no_forged_one() {
    let (site, _, good) = start(&[("ACCESS_TOKEN_AUDIENCES", "orders")]).await;
    let public = keys(&site.latchkey).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let backend = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(local::http::serve(listener, async |_, _| local::http::empty(StatusCode::OK)));

    let gateway = Ministack::start().await;
    let api = gateway.api(&site.origin, "orders", &backend).await;
    assert_eq!(gateway.status(&api, Some(&good)).await, 200);
    assert_eq!(gateway.status(&api, None).await, 401);
    // API Gateway does not look at the type. The keys of access tokens sign nothing else.
    let forged = [tampered(&good), of_others(&good, &public)].concat().into_iter();
    for (name, token) in forged.filter(|(name, _)| name != "another type") {
        assert_eq!(gateway.status(&api, Some(&token)).await, 401, "{name}");
    }
}

#[tokio::test]
async fn the_example_for_axum_accepts_our_tokens_and_no_forged_one() {
    let (site, _, good) = start(&[("ACCESS_TOKEN_AUDIENCES", "orders")]).await;
    let public = keys(&site.latchkey).await;
    let axum = Example::start("latchkey-axum", &site.origin, "orders").await;
    for (name, token) in [tampered(&good), of_others(&good, &public)].concat() {
        assert_eq!(axum.status(Some(&format!("Bearer {token}"))).await, 401, "{name}");
    }
    for (header, status) in [(format!("Bearer {good}"), 200), (format!("Basic {good}"), 401), (good, 401)] {
        assert_eq!(axum.status(Some(&header)).await, status);
    }
    assert_eq!(axum.status(None).await, 401);
}

#[tokio::test]
async fn the_claims_of_the_documents_are_those_that_hasura_and_supabase_read() {
    for (heading, expected) in [
        (
            "Hasura",
            json!({ "https://hasura.io/jwt/claims": {
                "x-hasura-user-id": "the user's id",
                "x-hasura-default-role": "user",
                "x-hasura-allowed-roles": ["user"],
            } }),
        ),
        ("Supabase and PostgREST", json!({ "role": "authenticated", "app_role": "user" })),
    ] {
        let (_site, _, token) = start(&[("ACCESS_TOKEN_CLAIMS", &block(heading, "json"))]).await;
        let [_, claims] = parts(&token);
        let id = claims["sub"].as_str().expect("an id");
        let expected: Value =
            serde_json::from_str(&expected.to_string().replace("the user's id", id)).expect("JSON");
        for (name, value) in expected.as_object().expect("claims") {
            assert_eq!(claims[name], *value, "{heading}");
        }
    }
}

#[tokio::test]
async fn the_code_of_the_documents_says_503_while_the_keys_cannot_be_read() {
    let (site, _, token) = start(&[]).await;
    site.latchkey.database.delete("KeysTable", &json!({ "set": { "S": "access" } }));
    let given = json!({ "issuer": site.origin, "audience": site.origin, "tokens": { "good": token } });
    let snippets = Snippets::new();
    let npm = snippets.on_node(&given).await;
    assert_eq!(npm["statuses"]["good"], 503);
    // API Gateway makes this a 500.
    assert_eq!(npm["authorizer"]["good"], "Expected 200 OK from the JSON Web Key Set HTTP response");
    assert_eq!(snippets.in_python(&given).await["statuses"]["good"], 503);
    let axum = Example::start("latchkey-axum", &site.origin, &site.origin).await;
    assert_eq!(axum.status(Some(&format!("Bearer {token}"))).await, 503);
}
