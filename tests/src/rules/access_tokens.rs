//! Libraries of others, and the code of `docs/application.md`, accept access tokens and refuse every other token.

pub mod forged;
mod refreshed;
mod snippets;

use hyper::StatusCode;
use latchkey::time::Timestamp;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::harness::access_token::{exchange, is_signed, keys, parts};
use crate::harness::example::Example;
use crate::harness::latchkey::ACCESS_TOKEN_KEYS;
use crate::harness::ministack::Ministack;
use crate::harness::{Client, LocalSite};
use crate::rules::access_tokens::forged::{of_others, signed, tampered, with};
use crate::rules::access_tokens::snippets::{Snippets, block};

/// A site with these variables, a client with a session, and an access token for it.
pub async fn start(variables: &[(&str, &str)]) -> (LocalSite, Client, String) {
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
async fn the_code_for_a_page_shares_an_exchange_and_forgets_the_last_user() {
    let (site, client, _) = start(&[("ACCESS_TOKEN_AUDIENCES", "orders")]).await;
    let public = keys(&site.latchkey).await;
    let other = Client::signed_up(&site.latchkey, "other").await;
    let cookies = [client.cookie_header(), other.cookie_header()];
    let given = json!({ "origin": site.origin, "cookies": cookies, "audience": "orders" });
    let found = Snippets::new().of_a_page(&given).await;
    let exchanges = ["shared", "known", "exchanges"].map(|name| found[name].as_u64().expect("a number"));
    assert_eq!(exchanges, [1, 2, 3], "one together, one after `forget`, and one after a 403");
    assert_eq!(
        (&found["reloads"], &found["ofAnother"]),
        (&json!(1), &json!("")),
        "it does not act for another"
    );
    let token = found["later"].as_str().and_then(|header| header.strip_prefix("Bearer ")).expect("a token");
    assert!(is_signed(token, &public));
    assert_eq!(found["together"], json!([found["later"], found["later"], found["later"]]));
    assert_ne!(found["again"], found["later"]);

    let given = json!({ "origin": site.origin, "cookies": ["", ""], "audience": "orders" });
    let found = Snippets::new().of_a_page(&given).await;
    assert_eq!(found["together"], json!(["", "", ""]), "without a session, the API gets no token");
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
async fn the_example_for_axum_gives_a_token_no_second_more() {
    let (site, _, good) = start(&[("ACCESS_TOKEN_AUDIENCES", "orders")]).await;
    let axum = Example::axum(&site.origin, "orders").await;
    // The default of the library is a minute more.
    let [header, claims] = parts(&good);
    let expired = with(&claims, "exp", json!(Timestamp::now().as_seconds() - 2));
    let expired = signed(&header, &expired, &ACCESS_TOKEN_KEYS);
    assert_eq!(axum.status(Some(&format!("Bearer {expired}"))).await, 401);
    assert_eq!(axum.status(Some(&format!("Bearer {good}"))).await, 200);
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
    let axum = Example::axum(&site.origin, &site.origin).await;
    assert_eq!(axum.status(Some(&format!("Bearer {token}"))).await, 503);
}
