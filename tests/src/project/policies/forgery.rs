//! What an attacker who has the role of a function can do to the sessions: only login and sign-up can make one.

use std::collections::BTreeMap;

use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::harness::proxy::{dynamodb, request};
use crate::harness::{Client, Database, Latchkey, template};

/// Calls DynamoDB in the name of a role. `Ok` if it was allowed, else the error.
async fn call(database: &Database, role: &str, action: &str, body: &Value) -> Result<(), String> {
    let mut request = request(database.endpoint(), &dynamodb(action), Bytes::from(body.to_string()));
    let authorization = request.headers()[AUTHORIZATION].to_str().expect("ASCII");
    let authorization = authorization.replace("Credential=local/", &format!("Credential={role}/"));
    request.headers_mut().insert(AUTHORIZATION, HeaderValue::from_str(&authorization).expect("a header"));
    let response =
        Http::builder(TokioExecutor::new()).build_http().request(request).await.expect("a response");
    let is_allowed = response.status().is_success();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    if is_allowed { Ok(()) } else { Err(String::from_utf8_lossy(&body).into_owned()) }
}

/// An update that writes these attributes of an item, whether or not the item exists.
fn upsert(item: &Value, names: &[&str]) -> Value {
    let set: Vec<String> = names.iter().map(|name| format!("#{name} = :{name}")).collect();
    let aliases: BTreeMap<String, &str> = names.iter().map(|name| (format!("#{name}"), *name)).collect();
    let values: BTreeMap<String, &Value> =
        names.iter().map(|name| (format!(":{name}"), &item[*name])).collect();
    json!({
        "TableName": "SessionsTable",
        "Key": { "user_id": item["user_id"], "session_id": item["session_id"] },
        "UpdateExpression": format!("SET {}", set.join(", ")),
        "ExpressionAttributeNames": aliases,
        "ExpressionAttributeValues": values,
    })
}

#[tokio::test]
async fn a_role_cannot_forge_a_session() {
    let database = Database::start().await;
    let latchkey = Latchkey::before(&database, &[]);
    let mut ada = Client::signed_up(&latchkey, "ada1").await;
    let (item, key) = (database.session(), database.session_key());
    database.delete("SessionsTable", &key);
    let attributes = item.as_object().expect("an item").keys().map(String::as_str);
    let attributes: Vec<&str> = attributes.filter(|name| !["user_id", "session_id"].contains(name)).collect();
    let forged = upsert(&item, &attributes);
    let older: BTreeMap<&str, Value> =
        attributes.iter().map(|name| (*name, json!({ "Action": "PUT", "Value": item[*name] }))).collect();
    let older = json!({ "TableName": "SessionsTable", "Key": key, "AttributeUpdates": older });
    let put = json!({ "TableName": "SessionsTable", "Item": item });
    for role in ["account", "profile", "logout", "rotation", "sessions"] {
        for (action, body) in [
            ("UpdateItem", &forged),
            ("UpdateItem", &older),
            ("UpdateItem", &upsert(&item, &["epoch", "absolute_until"])),
            ("TransactWriteItems", &json!({ "TransactItems": [{ "Update": forged }] })),
            ("PutItem", &put),
        ] {
            let error = call(&database, role, action, body).await.expect_err(action);
            assert!(error.contains("AccessDenied"), "{role} {action}: {error}");
        }
    }
    assert_eq!(database.items("SessionsTable"), Vec::<Value>::new());

    // What these may write makes an item, but no session.
    let renewal = upsert(&item, &["active_until", "idle_until", "expires_at"]);
    let next_epoch = upsert(&item, &["epoch", "expires_at"]);
    for (role, update) in [("profile", &renewal), ("sessions", &next_epoch)] {
        call(&database, role, "UpdateItem", update).await.expect("an update that it makes");
        assert_eq!(database.items("SessionsTable").len(), 1);
        assert_ne!(ada.get(&latchkey, "/profile").await.status, 200);
    }

    // The same update by an administrator does: it is the policy that refuses it, not the update that is wrong.
    call(&database, "administrator", "UpdateItem", &forged).await.expect("an administrator");
    assert_eq!(ada.get(&latchkey, "/profile").await.status, 200);
}

#[test]
fn only_what_knows_a_password_can_make_a_session() {
    for function in template().functions() {
        let can = function.policy.iter().filter(|permission| permission.resource == "SessionsTable");
        let makes = can.filter(|permission| match permission.action.as_str() {
            "dynamodb:BatchGetItem" | "dynamodb:GetItem" | "dynamodb:Query" | "dynamodb:DeleteItem" => false,
            // An update creates what it does not find. Without its absolute end, an item is no session.
            "dynamodb:UpdateItem" => {
                permission.attributes.as_ref().is_none_or(|names| names.contains("absolute_until"))
            }
            _ => true,
        });
        let makes: Vec<_> = makes.collect();
        let expected = ["login", "password", "signup"].contains(&&*function.name);
        assert_eq!(!makes.is_empty(), expected, "{}: {makes:?}", function.name);
    }
}
