//! Failures of database calls: the responses to them, and the promises that still hold afterwards.

pub mod kinds;
mod matrix;
mod points;
mod users;

use serde_json::{Value, json};

use crate::harness::client::credentials;
use crate::harness::{Client, Fault, Latchkey, Response};

/// Checks that every account is complete: each active user has exactly two credentials with a usable hash, and each
/// credential that is not held has its user.
pub fn check_accounts(latchkey: &Latchkey) {
    let users = latchkey.database.items("UsersTable").into_iter();
    let users: Vec<_> = users.filter(|user| user["status"]["S"] == "active").collect();
    let (held, items): (Vec<_>, Vec<_>) = latchkey
        .database
        .items("CredentialsTable")
        .into_iter()
        .partition(|item| item.get("held_until").is_some());
    assert!(held.iter().all(|item| item.get("password_hash").is_none()), "{held:?}");
    assert_eq!(items.len(), 2 * users.len());
    for user in users {
        let text = |name: &str| user[name]["S"].as_str().expect("a string").to_owned();
        let keys = [format!("username#{}", text("username_canonical")), format!("email#{}", text("email"))];
        for key in keys {
            let item = items.iter().find(|item| item["identifier"]["S"] == *key).expect("a credential");
            assert_eq!(item["user_id"], user["user_id"]);
            assert!(item["password_hash"]["S"].as_str().expect("a hash").starts_with("$argon2id$v=19$"));
        }
    }
}

/// Checks that an error is a problem or a page, and reveals nothing about the software.
pub fn check_body(response: &Response) {
    if response.status < 400 {
        return;
    }
    if response.body.starts_with('{') {
        response.code();
    }
    for word in ["Table", "dynamo", "Dynamo", "amazonaws", "Exception", "Sdk", "127.0.0.1", "panic", "src/"] {
        assert!(!response.body.contains(word), "{word}: {response:?}");
    }
}

/// An item of the table.
fn stored(latchkey: &Latchkey, table: &str) -> Value {
    latchkey.database.items(table).pop().expect("an item")
}

/// An item of the table without each of its attributes, and with each of another type.
fn damaged(latchkey: &Latchkey, table: &str) -> Vec<Value> {
    let item = stored(latchkey, table);
    let names: Vec<String> = item.as_object().expect("an item").keys().cloned().collect();
    let damaged = names.into_iter().flat_map(|name| {
        let (mut without, mut mistyped) = (item.clone(), item.clone());
        without.as_object_mut().expect("an item").remove(&name);
        mistyped[&name] = json!({ "BOOL": true });
        [without, mistyped]
    });
    damaged.collect()
}

#[tokio::test]
async fn a_malformed_item_logs_no_user_in_and_reveals_nothing() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let mut seen = Vec::new();
    for table in ["CredentialsTable", "UsersTable"] {
        for item in damaged(&latchkey, table) {
            let operation = if table == "UsersTable" { "GetItem users" } else { "GetItem credentials" };
            latchkey.database.fail_next(operation, Fault::Refused(200, json!({ "Item": item })));
            let response = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
            assert!(response.cookies.is_empty() || response.status == 200, "{item}");
            check_body(&response);
            seen.push(response.status);
            latchkey.database.clear_faults();
        }
    }
    for table in ["SessionsTable", "UsersTable"] {
        for item in damaged(&latchkey, table) {
            let mut items = json!({
                "SessionsTable": [stored(&latchkey, "SessionsTable")],
                "UsersTable": [stored(&latchkey, "UsersTable")],
            });
            items[table] = json!([item]);
            let read = Fault::Refused(200, json!({ "Responses": items, "UnprocessedKeys": {} }));
            latchkey.database.fail_next("BatchGetItem", read);
            let response = client.get(&latchkey, "/profile").await;
            check_body(&response);
            seen.push(response.status);
        }
    }
    let counted = |status| seen.iter().filter(|seen| **seen == status).count();
    assert!(counted(500) >= 40, "a missing attribute is an error: {seen:?}");
    assert_eq!(counted(500) + counted(200) + counted(401), seen.len());
    assert_eq!(client.get(&latchkey, "/profile").await.status, 200);
}

#[tokio::test]
async fn keys_that_stay_unprocessed_make_the_service_unavailable() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let items = |table: &str| json!(latchkey.database.items(table));
    let keys = |table: &str, names: &[&str]| {
        let item = latchkey.database.items(table).pop().expect("an item");
        let key: serde_json::Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), item[*name].clone())).collect();
        json!({ "Keys": [key], "ConsistentRead": true })
    };
    let user = keys("UsersTable", &["user_id"]);
    let session = keys("SessionsTable", &["user_id", "session_id"]);
    for (responses, unprocessed) in [
        (json!({}), json!({ "UsersTable": user, "SessionsTable": session })),
        (json!({ "SessionsTable": items("SessionsTable") }), json!({ "UsersTable": user })),
        (json!({ "UsersTable": items("UsersTable") }), json!({ "SessionsTable": session })),
    ] {
        let partial = Fault::Refused(200, json!({ "Responses": responses, "UnprocessedKeys": unprocessed }));
        for path in ["/profile", "/signup", "/login", "/"] {
            for is_lasting in [false, true] {
                if is_lasting {
                    latchkey.database.fail_always("BatchGetItem", partial.clone());
                } else {
                    latchkey.database.fail_next("BatchGetItem", partial.clone());
                }
                let response = client.clone().get(&latchkey, path).await;
                latchkey.database.clear_faults();
                let done = if path.len() > 1 && path != "/profile" { 303 } else { 200 };
                assert_eq!(response.status, if is_lasting { 503 } else { done }, "{path}");
            }
        }
    }
}
