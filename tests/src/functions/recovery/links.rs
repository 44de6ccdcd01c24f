//! The links: each works once, for its user, for a time.

use serde_json::{Value, json};

use crate::functions::recovery::{NEW, asked, confirmed, log_in, open, reset};
use crate::harness::client::PASSWORD;
use crate::harness::{Client, Fault, Latchkey};

#[tokio::test]
async fn every_dead_link_gets_the_same_response_and_what_is_no_token_costs_no_call() {
    let (latchkey, mut post, _) = confirmed("ada1").await;
    let token = asked(&latchkey, &mut post, "ada1").await;
    let mut client = Client::program();
    let expected = reset(&mut client, &latchkey, &"A".repeat(43), NEW).await;
    assert_eq!((expected.status, expected.code().as_str()), (410, "link_expired"));
    let before = latchkey.database.everything();
    let proof = latchkey.database.items("ProofsTable").remove(0);
    let user = latchkey.database.items("UsersTable").remove(0);
    let (proof_key, user_key) =
        (json!({ "proof_id": proof["proof_id"] }), json!({ "user_id": user["user_id"] }));
    let text = |text: &str| json!({ "S": text });
    let number = |number: i64| json!({ "N": number.to_string() });
    for (table, key, item, attributes) in [
        ("ProofsTable", &proof_key, &proof, json!({ "purpose": text("verify") })),
        ("ProofsTable", &proof_key, &proof, json!({ "purpose": text("of_a_later_version") })),
        ("ProofsTable", &proof_key, &proof, json!({ "email": text("other@example.com") })),
        ("ProofsTable", &proof_key, &proof, json!({ "user_id": text("AAAAAAAAAAAAAAAAAAAAAA") })),
        ("ProofsTable", &proof_key, &proof, json!({ "epoch": number(1) })),
        ("ProofsTable", &proof_key, &proof, json!({ "expires_at": number(latchkey.now()) })),
        ("UsersTable", &user_key, &user, json!({ "epoch": number(7) })),
        ("UsersTable", &user_key, &user, json!({ "email": text("other@example.com") })),
        ("UsersTable", &user_key, &user, json!({ "status": text("disabled") })),
    ] {
        latchkey.database.set(table, key.clone(), &attributes);
        assert_eq!(reset(&mut client, &latchkey, &token, NEW).await, expected, "{attributes}");
        latchkey.database.set(table, key.clone(), item);
    }
    latchkey.database.take_calls();
    for text in ["", "x", &token[1..], &format!("{token}A"), "!!!", &"A".repeat(1_000)] {
        assert_eq!(open(&mut client, &latchkey, "GET", text).await.status, 410, "{text}");
        assert_eq!(reset(&mut client, &latchkey, text, NEW).await, expected, "{text}");
    }
    assert!(latchkey.database.take_calls().is_empty());
    latchkey.pass(3_600);
    assert_eq!(reset(&mut client, &latchkey, &token, NEW).await, expected, "it has ended");
    assert_eq!(latchkey.database.everything(), before, "nothing has changed");
    assert_eq!(latchkey.functions.recovery.hasher.computed(), 0, "a dead link costs no hash");
}

#[tokio::test]
async fn neither_opening_the_link_nor_a_wrong_password_uses_it_up() {
    let (latchkey, mut post, _) = confirmed("ada1").await;
    let token = asked(&latchkey, &mut post, "ada1@example.com").await;
    let before = (latchkey.database.everything(), latchkey.database.items("ProofsTable"));
    let mut browser = Client::browser();
    for _ in 0..10 {
        for method in ["GET", "HEAD"] {
            assert_eq!(open(&mut browser, &latchkey, method, &token).await.status, 200);
        }
    }
    for (password, code) in [
        ("short", "too_short"),
        ("password1", "common"),
        ("ada1@example.com", "common"),
        ("Ada1!!!!", "common"),
    ] {
        let response = reset(&mut Client::program(), &latchkey, &token, password).await;
        assert_eq!(response.field_errors(), [("password".to_owned(), code.to_owned())], "{password}");
        let form = reset(&mut browser, &latchkey, &token, password).await;
        assert_eq!(form.status, 422);
        assert!(form.body.contains(&format!("name=\"token\" value=\"{token}\"")), "the form keeps the token");
    }
    let mut client = Client::program();
    let missing = client.post(&latchkey, "/reset", &json!({})).await.field_errors();
    assert_eq!(missing.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["token", "password"]);
    let unknown = json!({ "token": token, "password": NEW, "user_id": "x" });
    assert_eq!(client.post(&latchkey, "/reset", &unknown).await.status, 422);
    assert_eq!((latchkey.database.everything(), latchkey.database.items("ProofsTable")), before);
    assert_eq!(reset(&mut client, &latchkey, &token, NEW).await.status, 204);
}

#[tokio::test]
async fn the_first_of_several_links_ends_the_others() {
    let (latchkey, mut post, _) = confirmed("ada1").await;
    let first = asked(&latchkey, &mut post, "ada1").await;
    let second = asked(&latchkey, &mut post, "ada1@example.com").await;
    let mut client = Client::program();
    assert_eq!(reset(&mut client, &latchkey, &first, NEW).await.status, 204);
    for dead in [&first, &second] {
        assert_eq!(reset(&mut client, &latchkey, dead, PASSWORD).await.code(), "link_expired");
    }
    assert_eq!(log_in(&latchkey, "ada1", NEW).await, 200);
}

/// The update with which another request changes the user.
fn change(latchkey: &Latchkey, attribute: &str, value: &str) -> Value {
    let user = latchkey.database.items("UsersTable").remove(0);
    json!({
        "TableName": "UsersTable",
        "Key": { "user_id": user["user_id"] },
        "UpdateExpression": "SET version = version + :one, #attribute = :value",
        "ExpressionAttributeNames": { "#attribute": attribute },
        "ExpressionAttributeValues": { ":one": { "N": "1" }, ":value": { "S": value } },
    })
}

#[tokio::test]
async fn a_change_that_meets_the_reset_is_not_lost_and_one_of_the_email_ends_it() {
    for (attribute, value, status) in
        [("name", "Ada", 204), ("email", "new@example.com", 410), ("status", "disabled", 410)]
    {
        let (latchkey, mut post, _) = confirmed("ada1").await;
        let token = asked(&latchkey, &mut post, "ada1").await;
        let other = change(&latchkey, attribute, value);
        latchkey.database.fail_next("TransactWriteItems", Fault::After("UpdateItem", other));
        let response = reset(&mut Client::program(), &latchkey, &token, NEW).await;
        assert_eq!(response.status, status, "{attribute}: {response:?}");
        let user = latchkey.database.items("UsersTable").remove(0);
        assert_eq!(user[attribute]["S"], value);
        let has_changed = user.get("password_changed_at").is_some();
        assert_eq!(has_changed, status == 204, "{user}");
    }
}
