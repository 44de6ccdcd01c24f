//! The claims that an operator adds, and the attributes of users.

use latchkey::config::Environment;
use serde_json::{Map, Value, json};

use crate::functions::Functions;
use crate::harness::access_token::{exchange, parts};
use crate::harness::latchkey::environment;
use crate::harness::{Client, Latchkey};

/// Starts the function with these variables.
pub fn start(variables: &[(&str, &str)]) -> Result<(), String> {
    let mut environment = environment("token", "http://127.0.0.1:1");
    environment.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let started = Functions::start_one("token", &Environment::new(environment)).expect("a function");
    started.map_err(|error| error.to_string())
}

/// The claims of a token, without those that every token has.
async fn own_claims(client: &mut Client, latchkey: &Latchkey) -> Map<String, Value> {
    let [_, claims] = parts(&exchange(client, latchkey).await);
    let Value::Object(mut claims) = claims else { panic!("claims") };
    for name in ["iss", "sub", "aud", "client_id", "exp", "iat", "jti", "sid", "auth_time", "amr"] {
        assert!(claims.remove(name).is_some(), "{name}");
    }
    claims
}

fn set_user(latchkey: &Latchkey, attributes: &Value) {
    let user = latchkey.database.items("UsersTable").pop().expect("a user");
    latchkey.database.set("UsersTable", json!({ "user_id": user["user_id"] }), attributes);
}

/// A template with every value that there is.
fn template() -> Value {
    json!({
        "id": "$user.id",
        "preferred_username": "$user.username",
        "name": "$user.name",
        "role": "$user.role",
        "email": "$user.email",
        "email_verified": "$user.email_verified",
        "session": "$session.id",
        "plan": "$attribute.plan",
        "seats": "$attribute.seats",
        "beta": "$attribute.beta",
        "teams": "$attribute.teams",
        "none": "$attribute.none",
        "price": "$$5",
        "text": "user.role $user.role",
        "number": 1.5,
        "null": null,
        "deep": { "list": ["$user.role", "$attribute.none", ["$attribute.plan"]], "none": "$attribute.none" },
    })
}

/// What an operator and the user have set by now.
fn all() -> Value {
    json!({
        "name": { "S": "Ada \"$user.email\" L" },
        "role": { "S": "admin" },
        "email_verified_at": { "N": "5" },
        "attributes": { "M": {
            "plan": { "S": "pro" },
            "seats": { "N": "12" },
            "beta": { "BOOL": true },
            "teams": { "L": [{ "S": "a" }, { "S": "$user.role" }] },
        } },
    })
}

#[tokio::test]
async fn a_value_stands_where_its_name_is_and_keeps_its_type() {
    let latchkey = Latchkey::start_with(&[("ACCESS_TOKEN_CLAIMS", &template().to_string())]).await;
    let mut client = Client::signed_up(&latchkey, "Ada1").await;
    let user = latchkey.database.items("UsersTable").pop().expect("a user");
    let session = latchkey.database.session();
    let mut expected = json!({
        "id": user["user_id"]["S"],
        "preferred_username": "Ada1",
        "role": "user",
        "email_verified": false,
        "session": session["session_id"]["S"],
        "price": "$5",
        "text": "user.role $user.role",
        "number": 1.5,
        "null": null,
        "deep": { "list": ["user", []] },
    });
    assert_eq!(json!(own_claims(&mut client, &latchkey).await), expected);

    set_user(&latchkey, &all());
    let added = json!({
        "name": "Ada \"$user.email\" L",
        "role": "admin",
        "email": "ada1@example.com",
        "email_verified": true,
        "plan": "pro",
        "seats": 12,
        "beta": true,
        "teams": ["a", "$user.role"],
        "deep": { "list": ["admin", ["pro"]] },
    });
    for (name, value) in added.as_object().expect("claims") {
        expected[name] = value.clone();
    }
    assert_eq!(json!(own_claims(&mut client, &latchkey).await), expected, "what the row says now");
    let profile = client.get(&latchkey, "/profile").await.json();
    let attributes = json!({ "plan": "pro", "seats": 12, "beta": true, "teams": ["a", "$user.role"] });
    assert_eq!(profile["user"]["attributes"], attributes);
    let data = client.get(&latchkey, "/profile/data").await.json();
    assert_eq!(data["user"]["attributes"], attributes, "the copy of the data has them, too");
}

#[tokio::test]
async fn attributes_of_another_shape_are_left_out_and_lock_no_one_out() {
    let latchkey = Latchkey::start_with(&[("ACCESS_TOKEN_CLAIMS", r#"{"plan":"$attribute.plan"}"#)]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let good = json!({ "S": "pro" });
    for (attributes, expected) in [
        (json!({ "S": "pro" }), json!({})),
        (json!({ "NULL": true }), json!({})),
        (json!({ "M": { "plan": { "B": "AAAA" } } }), json!({})),
        (json!({ "M": { "plan": { "M": { "plan": good } } } }), json!({})),
        (json!({ "M": { "plan": { "S": "x".repeat(257) } } }), json!({})),
        (json!({ "M": { "plan": { "L": [{ "N": "1" }] } } }), json!({})),
        (json!({ "M": { "plan": { "N": "9007199254740992" } } }), json!({})),
        (json!({ "M": { "plan": { "N": "0.12345678901234567890" } } }), json!({})),
        (
            json!({ "M": { "plan": { "N": "-9007199254740991" } } }),
            json!({ "plan": -9_007_199_254_740_991_i64 }),
        ),
        (json!({ "M": { "plan": { "N": "1.25" } } }), json!({ "plan": 1.25 })),
        (json!({ "M": { "plan": good, "a b": good, "other": { "NS": ["1"] } } }), json!({ "plan": "pro" })),
        (json!({ "M": { "plan": { "SS": ["a", "b"] } } }), json!({ "plan": ["a", "b"] })),
    ] {
        set_user(&latchkey, &json!({ "attributes": attributes }));
        assert_eq!(json!(own_claims(&mut client, &latchkey).await), expected, "{attributes}");
        assert!(client.is_signed_in(&latchkey).await);
    }
}

#[tokio::test]
async fn a_token_that_would_be_too_long_is_a_fault_of_the_deployment() {
    let latchkey = Latchkey::start_with(&[("ACCESS_TOKEN_CLAIMS", r#"{"teams":"$attribute.teams"}"#)]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let teams: Vec<Value> = (0..32).map(|_| json!({ "S": "x".repeat(256) })).collect();
    set_user(&latchkey, &json!({ "attributes": { "M": { "teams": { "L": teams } } } }));
    let response = client.send(&latchkey, &client.event("POST", "/token")).await;
    assert_eq!(super::error(&response), (500, "internal".to_owned(), "server_error".to_owned()));
    assert!(client.is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn no_request_sets_an_attribute() {
    let latchkey = Latchkey::start().await;
    let mut account = crate::harness::client::account("ada1");
    account["attributes"] = json!({ "plan": "pro" });
    let response = Client::program().post(&latchkey, "/signup", &account).await;
    assert_eq!(response.field_errors(), [("attributes".to_owned(), "unknown".to_owned())]);
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    set_user(&latchkey, &json!({ "attributes": { "M": { "plan": { "S": "pro" } } } }));
    let response = client.post(&latchkey, "/profile/name", &json!({ "name": "Ada", "attributes": {} })).await;
    assert_eq!(response.status, 422);
    assert_eq!(client.post(&latchkey, "/profile/name", &json!({ "name": "Ada" })).await.status, 200);
    let user = latchkey.database.items("UsersTable").pop().expect("a user");
    assert_eq!(user["attributes"], json!({ "M": { "plan": { "S": "pro" } } }), "a change keeps them");
}

#[test]
fn a_template_that_cannot_be_right_stops_the_start_with_one_line() {
    let long = json!({ "a": "x".repeat(1_017) }).to_string();
    assert_eq!(long.len(), 1_025);
    for template in [
        "",
        "{}",
        r#"{"a":"$$user.role"}"#,
        r#"{"https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["$user.role"]}}"#,
        &long.replacen('x', "", 1),
    ] {
        assert_eq!(start(&[("ACCESS_TOKEN_CLAIMS", template)]), Ok(()), "{template}");
    }
    for template in [
        "[]",
        "role",
        "{",
        r#""$user.role""#,
        r#"{"a":"$"}"#,
        r#"{"a":"$user"}"#,
        r#"{"a":"$user.password"}"#,
        r#"{"a":"$user.role "}"#,
        r#"{"a":{"b":["$session.secret"]}}"#,
        r#"{"a":"$attribute."}"#,
        r#"{"a":"$attribute.a.b"}"#,
        &long,
    ] {
        let error = start(&[("ACCESS_TOKEN_CLAIMS", template)]).expect_err(template);
        assert!(
            error.starts_with("configuration: ACCESS_TOKEN_CLAIMS must") && !error.contains('\n'),
            "{error}"
        );
    }
}

#[test]
fn no_claim_of_a_standard_can_be_replaced() {
    for name in [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "sid",
        "auth_time",
        "amr",
        "acr",
        "azp",
        "client_id",
        "cnf",
        "act",
        "may_act",
        "nonce",
        "at_hash",
        "c_hash",
    ] {
        let error = start(&[("ACCESS_TOKEN_CLAIMS", &json!({ name: "x" }).to_string())]).expect_err(name);
        assert!(error.contains(name), "{error}");
        assert_eq!(start(&[("ACCESS_TOKEN_CLAIMS", &json!({ "a": { name: "x" } }).to_string())]), Ok(()));
    }
}
