//! Login.

mod confirm;
mod hashes;
mod imported;

use serde_json::{Value, json};

use crate::functions::SampleEvent;
use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::log_entries::LogEntries;
use crate::harness::{Client, Fault, Latchkey, Response};

/// The events of `events/login`.
pub const EVENTS: &[SampleEvent] = &[
    ("confirm-json", 401, "unauthenticated"),
    ("confirm-page", 303, ""),
    ("form", 200, "action=\"/login\""),
    ("several-identifiers", 422, "\"code\":\"invalid\""),
    ("submit-form", 401, "Incorrect username or password"),
    ("submit-json", 401, "invalid_credentials"),
];

#[tokio::test]
async fn a_username_in_any_case_and_the_email_log_in() {
    let latchkey = Latchkey::start().await;
    let id =
        Client::program().post(&latchkey, "/signup", &account("Ada1")).await.json()["user"]["id"].clone();
    for fields in [
        json!({ "identifier": "ada1", "password": PASSWORD }),
        json!({ "identifier": " ADA1 ", "password": PASSWORD }),
        json!({ "username": "aDa1", "password": PASSWORD }),
        json!({ "email": "ADA1@example.COM", "password": PASSWORD }),
        json!({ "username": "ada1", "email": "", "password": PASSWORD }),
        json!({ "identifier": " ", "email": "ada1@example.com", "username": null, "password": PASSWORD }),
        json!({ "identifier": "Ada1@Example.com", "password": PASSWORD }),
        json!({ "identifier": "ada1", "username": null, "email": null, "password": PASSWORD }),
        json!({ "username": "ada1@example.com", "password": PASSWORD }),
    ] {
        let mut client = Client::program();
        let response = client.post(&latchkey, "/login", &fields).await;
        assert_eq!((response.status, &response.json()["user"]["id"]), (200, &id), "{fields}");
        assert_eq!(
            response.json()["user"]["username"],
            "Ada1",
            "the response has the spelling of the sign-up"
        );
        assert!(client.is_signed_in(&latchkey).await);
    }
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_look_the_same() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    let before = latchkey.database.everything();
    for client in [Client::program(), Client::browser()] {
        let mut responses: Vec<Response> = Vec::new();
        for identifier in
            ["ada1", "unknown", "ada1@example.com", "unknown@example.com", "@", "root", "\u{0}", "ä@b@c"]
        {
            latchkey.database.take_calls();
            let hashes = latchkey.functions.login.verifier.hasher.computed();
            let fields = json!({ "identifier": identifier, "password": "a wrong password" });
            let mut response = client.clone().post(&latchkey, "/login", &fields).await;
            assert_eq!(latchkey.functions.login.verifier.hasher.computed() - hashes, 1, "{identifier}");
            let operations = latchkey.database.take_operations();
            assert!(operations.contains(&"GetItem credentials".to_owned()), "{operations:?}");
            assert!(
                operations.iter().skip(1).all(|name| name == "count failure" || name == "take slot"),
                "{operations:?}"
            );
            // The form shows the identifier again.
            response.body = response.body.replace(&format!("value=\"{identifier}\""), "value=\"\"");
            responses.push(response);
        }
        assert_eq!(responses[0].status, 401);
        assert!(responses[0].header("www-authenticate").is_some() && responses[0].cookies.is_empty());
        assert!(responses.iter().all(|response| *response == responses[0]), "{responses:#?}");
    }
    assert_eq!(latchkey.database.everything(), before, "a refused login writes only its counter");
}

#[tokio::test]
async fn only_one_field_may_name_the_identifier() {
    let latchkey = Latchkey::start().await;
    for (fields, expected) in [
        (json!({ "password": "x" }), vec![("identifier", "required")]),
        (
            json!({ "identifier": "  ", "password": "" }),
            vec![("identifier", "required"), ("password", "required")],
        ),
        (
            json!({ "username": "a", "email": "b", "password": "x" }),
            vec![("username", "invalid"), ("email", "invalid")],
        ),
        (
            json!({ "identifier": ["a"], "password": 1 }),
            vec![("identifier", "wrong_type"), ("password", "wrong_type")],
        ),
        (
            json!({ "identifier": "a".repeat(255), "password": "a".repeat(256) }),
            vec![("identifier", "too_long"), ("password", "too_long")],
        ),
        (json!({ "identifier": "a", "password": "x", "remember": true }), vec![("remember", "unknown")]),
    ] {
        let response = Client::program().post(&latchkey, "/login", &fields).await;
        assert_eq!((response.status, response.code().as_str()), (422, "invalid_input"), "{fields}");
        let expected: Vec<_> =
            expected.into_iter().map(|(field, code)| (field.to_owned(), code.to_owned())).collect();
        assert_eq!(response.field_errors(), expected);
    }
    assert_eq!(latchkey.database.take_operations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_login_has_two_phases() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.database.take_calls();
    Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
    let mut operations: Vec<_> =
        latchkey.database.take_calls().into_iter().map(|call| call.operation).collect();
    operations[..3].sort();
    operations[3..].sort();
    let before = ["GetItem credentials", "count failure", "take slot"];
    assert_eq!(operations[..3], before, "identifier, address and credential, before the hash");
    assert_eq!(
        operations[3..],
        ["BatchWriteItem", "GetItem users", "PutItem mails"],
        "session and counter, and the user"
    );

    client.post(&latchkey, "/login", &credentials("ada1")).await;
    let known = ["BatchWriteItem", "GetItem credentials", "GetItem users", "count failure"];
    assert_eq!(latchkey.database.take_operations(), known, "one counter");
    assert_eq!(latchkey.database.items("SessionsTable").len(), 2, "the presented session has ended");
}

/// The response to a batch of which DynamoDB leaves the writes of a table undone.
fn unprocessed(table: &str, write: &Value) -> Fault {
    Fault::Refused(200, json!({ "UnprocessedItems": { table: [write] } }))
}

#[tokio::test]
async fn writes_that_dynamodb_leaves_undone_are_repeated_and_only_the_counter_s_may_stay_undone() {
    let latchkey = Latchkey::start().await;
    let ada = Client::signed_up(&latchkey, "ada1").await;
    let log_in = || async { Client::program().post(&latchkey, "/login", &credentials("ada1")).await };
    log_in().await;
    let session = latchkey.database.items("SessionsTable").pop().expect("a session");
    let put = json!({ "PutRequest": { "Item": session } });
    let delete = json!({ "DeleteRequest": { "Key": { "key": { "S": "a counter" } } } });

    for (table, write) in [("SessionsTable", &put), ("LimitsTable", &delete)] {
        latchkey.database.take_calls();
        latchkey.database.fail_next("BatchWriteItem", unprocessed(table, write));
        assert_eq!(log_in().await.status, 200, "{table}");
        let operations = latchkey.database.take_operations();
        assert_eq!(operations.iter().filter(|name| *name == "BatchWriteItem").count(), 2, "{operations:?}");
    }
    latchkey.database.fail_always("BatchWriteItem", unprocessed("SessionsTable", &put));
    let response = log_in().await;
    assert_eq!((response.status, response.code().as_str()), (503, "unavailable"));
    assert!(response.cookies.is_empty());
    latchkey.database.clear_faults();
    latchkey.database.fail_always("BatchWriteItem", unprocessed("LimitsTable", &delete));
    let log = LogEntries::collect();
    assert_eq!(log_in().await.status, 200);
    assert!(log.take().iter().any(|entry| entry["level"] == "WARN"), "the failures stay counted");
    latchkey.database.clear_faults();
    assert!(ada.is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn a_login_ends_the_session_that_was_presented_with_it() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let old = client.clone();
    let wrong = json!({ "identifier": "ada1", "password": "a wrong password" });
    assert_eq!(client.post(&latchkey, "/login", &wrong).await.status, 401);
    assert!(old.is_signed_in(&latchkey).await, "a wrong password ends nothing");
    assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    assert!(client.is_signed_in(&latchkey).await);
    assert!(!old.is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn the_item_of_the_user_decides() {
    let latchkey = Latchkey::start().await;
    let response = Client::program().post(&latchkey, "/signup", &account("ada1")).await;
    let key = json!({ "user_id": { "S": response.json()["user"]["id"] } });
    for attributes in [
        json!({ "status": { "S": "disabled" } }),
        json!({ "status": { "S": "a status of a later version" } }),
        json!({ "status": { "S": "active" }, "epoch": { "N": "1" } }),
    ] {
        latchkey.database.set("UsersTable", key.clone(), &attributes);
        let hashes = latchkey.functions.login.verifier.hasher.computed();
        let refused = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
        assert_eq!((refused.status, refused.code().as_str()), (401, "invalid_credentials"));
        assert!(refused.cookies.is_empty());
        assert_eq!(latchkey.functions.login.verifier.hasher.computed() - hashes, 1);
    }
    latchkey.database.delete("UsersTable", &key);
    let refused = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
    assert_eq!(refused.code(), "invalid_credentials");
}

#[tokio::test]
async fn a_failed_second_phase_gives_no_cookie() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..3 {
        latchkey.database.fail_next("BatchWriteItem", Fault::error(500, "InternalServerError"));
    }
    let response = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
    assert_eq!((response.status, response.code().as_str()), (503, "unavailable"));
    assert!(response.cookies.is_empty());
    latchkey
        .database
        .fail_next("BatchWriteItem", Fault::error(400, "ProvisionedThroughputExceededException"));
    let retried = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
    assert_eq!(retried.status, 200, "the function retries the call");
}
