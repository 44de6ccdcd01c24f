//! Sign-up.

pub(crate) mod by_email;
mod closed;

use serde_json::{Value, json};

use crate::functions::SampleEvent;
use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::{Client, Fault, Latchkey};

/// The events of `events/signup`.
pub const EVENTS: &[SampleEvent] = &[
    ("cross-origin", 403, "cross_origin"),
    ("duplicate-field", 400, "malformed_body"),
    ("form", 200, "action=\"/signup\""),
    ("invalid", 422, "too_short"),
    ("method", 405, "method_not_allowed"),
    ("submit-form", 303, ""),
    ("submit-json", 201, "\"username\":\"ada.lovelace\""),
    ("too-large", 413, "payload_too_large"),
    ("type", 415, "unsupported_media_type"),
];

#[tokio::test]
async fn a_sign_up_leads_a_browser_to_where_it_came_from() {
    let latchkey = Latchkey::start().await;
    let mut fields = account("ada1");
    fields["return_to"] = json!("/orders?open=1");
    let response = Client::browser().post(&latchkey, "/signup", &fields).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/orders?open=1")));
    // The query of a path may hold the token of a mail, which no other page gets.
    for (query, policy) in
        [("return_to=%2Fa%3Ftoken%3Db", "strict-origin"), ("return_to=%2Fa", "same-origin")]
    {
        for path in ["/login", "/signup"] {
            let event = Client::browser().event("GET", path).with("/rawQueryString", json!(query));
            assert_eq!(latchkey.send(&event).await.header("referrer-policy"), Some(policy), "{path}?{query}");
        }
    }
}

#[tokio::test]
async fn a_taken_username_or_email_is_refused_and_nothing_is_written() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "Ada1").await;
    let before = latchkey.database.everything();
    let taken = |fields: &[&str]| -> Vec<(String, String)> {
        fields.iter().map(|field| ((*field).to_owned(), "taken".to_owned())).collect()
    };
    for (username, email, code, fields) in [
        ("ADA1", "other@example.com", "username_taken", taken(&["username"])),
        ("other", "ADA1@EXAMPLE.com", "email_taken", taken(&["email"])),
        ("ada1", "ada1@example.com", "username_taken", taken(&["username", "email"])),
    ] {
        let mut program = Client::program();
        let fields_sent = json!({ "username": username, "email": email, "password": PASSWORD });
        let response = program.post(&latchkey, "/signup", &fields_sent).await;
        assert_eq!((response.status, response.code().as_str()), (409, code));
        assert_eq!(response.field_errors(), fields);
        assert!(program.cookies.is_empty());
        let mut browser = Client::browser();
        let page = browser.post(&latchkey, "/signup", &fields_sent).await;
        assert_eq!(page.status, 409);
        assert!(page.body.contains(&format!("value=\"{username}\"")) && !page.body.contains(PASSWORD));
    }
    assert_eq!(latchkey.database.everything(), before);
}

#[tokio::test]
async fn all_wrong_fields_are_reported_at_once_and_nothing_is_written() {
    let latchkey = Latchkey::start().await;
    let mut program = Client::program();
    let response = program
        .post(
            &latchkey,
            "/signup",
            &json!({ "email": 5, "password": "short", "name": "a\u{0}b", "role": "admin" }),
        )
        .await;
    assert_eq!((response.status, response.code().as_str()), (422, "invalid_input"));
    let expected = [
        ("username", "required"),
        ("email", "wrong_type"),
        ("name", "invalid"),
        ("password", "too_short"),
        ("role", "unknown"),
    ];
    assert_eq!(response.field_errors(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    assert_eq!(latchkey.database.counts(), (0, 0, 0));
    assert_eq!(latchkey.database.take_operations(), Vec::<String>::new());
}

#[tokio::test]
async fn no_field_of_a_request_sets_what_only_the_operator_may() {
    let latchkey = Latchkey::start().await;
    for name in ["role", "id", "user_id", "status", "email_verified", "epoch", "created_at", "is_admin"] {
        let mut fields = account("mallory");
        fields[name] = json!("admin");
        let response = Client::program().post(&latchkey, "/signup", &fields).await;
        assert_eq!(response.field_errors(), [(name.to_owned(), "unknown".to_owned())]);
    }
    assert_eq!(latchkey.database.counts(), (0, 0, 0));
}

#[tokio::test]
async fn a_null_name_and_a_blank_name_are_no_name() {
    let latchkey = Latchkey::start().await;
    for (username, name) in [("ada1", Value::Null), ("ada2", json!("  "))] {
        let mut fields = account(username);
        fields["name"] = name;
        let response = Client::program().post(&latchkey, "/signup", &fields).await;
        assert_eq!((response.status, &response.json()["user"]["name"]), (201, &Value::Null));
    }
}

#[tokio::test]
async fn a_password_is_stored_only_as_argon2id_with_the_configured_cost() {
    let latchkey = Latchkey::start_with_real_hashes(&[("ARGON2_ITERATIONS", "3")]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let items = latchkey.database.items("CredentialsTable");
    assert_eq!(items.len(), 2);
    for item in items {
        let hash = item["password_hash"]["S"].as_str().unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"), "{hash}");
    }
    let stored = format!("{:?}", latchkey.database.everything());
    assert!(!stored.contains(PASSWORD) && !stored.contains(client.token()));
    client.cookies.clear();
    assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
}

#[tokio::test]
async fn a_sign_up_is_one_transaction_between_two_calls_of_the_limiter() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let expected = ["DeleteItem limits", "DeleteItem limits", "TransactWriteItems", "take slot"];
    assert_eq!(latchkey.database.take_operations(), expected);
    let second = client.post(&latchkey, "/signup", &account("ada2")).await;
    assert_eq!(second.status, 201);
    let calls = latchkey.database.take_calls();
    assert_eq!(calls.len(), 5, "the address has a counter now: {calls:?}");
    let items = calls[2].request["TransactItems"].as_array().unwrap().clone();
    assert_eq!(
        items.len(),
        6,
        "the presented session ends, and the mail is asked for, in the same transaction"
    );
    let returns_old_item = |item: &Value| item.to_string().contains("ReturnValuesOnConditionCheckFailure");
    assert!(!items.iter().any(returns_old_item), "no call requests a stranger's password hash");
    assert_eq!(latchkey.database.counts(), (2, 4, 1));
}

#[tokio::test]
async fn the_form_costs_a_read_only_with_a_cookie() {
    let latchkey = Latchkey::start().await;
    Client::browser().get(&latchkey, "/signup").await;
    assert_eq!(latchkey.database.take_operations(), Vec::<String>::new());
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    for path in ["/signup", "/login"] {
        latchkey.database.take_calls();
        assert_eq!(client.get(&latchkey, path).await.status, 303);
        assert_eq!(latchkey.database.take_operations(), ["BatchGetItem"], "{path}");
    }
}

#[tokio::test]
async fn a_sign_up_whose_response_was_lost_is_still_a_success() {
    let latchkey = Latchkey::start().await;
    latchkey.database.fail_next("TransactWriteItems", Fault::AppliedAndLost);
    let mut client = Client::program();
    let response = client.post(&latchkey, "/signup", &account("ada1")).await;
    assert_eq!(response.status, 201, "{response:?}");
    let calls = latchkey.database.take_calls();
    let calls: Vec<_> = calls.iter().filter(|call| call.operation == "TransactWriteItems").collect();
    assert_eq!(calls.len(), 2);
    let tokens: Vec<_> = calls.iter().map(|call| &call.request["ClientRequestToken"]).collect();
    assert_eq!(tokens[0], tokens[1], "DynamoDB applies it once");
    assert!(client.is_signed_in(&latchkey).await);
    assert_eq!(latchkey.database.counts(), (1, 2, 1));
}

#[tokio::test]
async fn a_sign_up_that_finds_its_own_user_has_succeeded_before() {
    // Ten minutes after the first attempt DynamoDB forgets the request token. A retry then finds its own items.
    let latchkey = Latchkey::start().await;
    let failed = ["ConditionalCheckFailed"; 4];
    latchkey.database.fail_next("TransactWriteItems", Fault::cancelled(&failed));
    assert_eq!(Client::program().post(&latchkey, "/signup", &account("ada1")).await.status, 201);
}

#[tokio::test]
async fn conflicts_are_retried_and_then_reported() {
    let latchkey = Latchkey::start().await;
    let conflict = || Fault::cancelled(&["None", "TransactionConflict", "None", "None"]);
    for _ in 0..3 {
        latchkey.database.fail_next("TransactWriteItems", conflict());
    }
    assert_eq!(Client::program().post(&latchkey, "/signup", &account("ada1")).await.status, 201);
    assert_eq!(latchkey.database.take_calls().len(), 1 + 4 + 2);

    for _ in 0..4 {
        latchkey.database.fail_next("TransactWriteItems", conflict());
    }
    let response = Client::program().post(&latchkey, "/signup", &account("ada2")).await;
    assert_eq!((response.status, response.code().as_str()), (503, "unavailable"));
    assert!(response.header("retry-after").is_some() && response.cookies.is_empty());
    assert_eq!(latchkey.database.take_calls().len(), 1 + 4);
    assert_eq!(latchkey.database.counts(), (1, 2, 1));
}

#[tokio::test]
async fn a_failed_condition_counts_more_than_a_conflict() {
    let latchkey = Latchkey::start().await;
    let mixed = Fault::cancelled(&["TransactionConflict", "None", "ConditionalCheckFailed", "None"]);
    latchkey.database.fail_next("TransactWriteItems", mixed);
    let response = Client::program().post(&latchkey, "/signup", &account("ada1")).await;
    assert_eq!((response.status, response.code().as_str()), (409, "email_taken"));
}

#[tokio::test]
async fn a_fault_of_the_deployment_is_reported_without_its_details() {
    let latchkey = Latchkey::start().await;
    latchkey.database.fail_next("TransactWriteItems", Fault::error(400, "ResourceNotFoundException"));
    let response = Client::program().post(&latchkey, "/signup", &account("ada1")).await;
    assert_eq!((response.status, response.code().as_str()), (500, "internal"));
    assert!(!response.body.contains("Resource") && !response.body.contains("Table"));
    let mut browser = Client::browser();
    latchkey.database.fail_next("TransactWriteItems", Fault::error(400, "AccessDeniedException"));
    let page = browser.post(&latchkey, "/signup", &account("ada1")).await;
    assert_eq!(page.status, 500);
    assert!(page.body.contains("request-id") && !page.body.contains("AccessDenied"));
}
