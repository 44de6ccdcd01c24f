//! The private keys: where they come from, and what happens while they cannot be read.

use serde_json::json;

use crate::functions::token::error;
use crate::harness::access_token::{exchange, is_signed, keys};
use crate::harness::latchkey as deployment;
use crate::harness::{Client, Database, Fault, Latchkey, SecretsManager};

async fn status(client: &mut Client, latchkey: &Latchkey) -> i64 {
    client.send(latchkey, &client.event("POST", "/token")).await.status
}

#[tokio::test]
async fn the_keys_are_read_every_five_minutes_and_the_last_good_ones_stay() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &deployment::keys()).await;
    let latchkey = secrets.latchkey(&[]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let reads = || database.take_operations().iter().filter(|name| *name == "GetSecretValue").count();
    reads();
    let token = exchange(&mut client, &latchkey).await;
    assert!(is_signed(&token, &keys(&latchkey).await));
    assert_eq!(reads(), 1);
    for _ in 0..4 {
        latchkey.pass(74);
        assert_eq!(status(&mut client, &latchkey).await, 200);
    }
    assert_eq!(reads(), 0);
    database.fail_always("GetSecretValue", Fault::error(500, "InternalServiceError"));
    for days in [1, 10] {
        latchkey.pass(days * 86_400);
        assert_eq!(status(&mut client, &latchkey).await, 200, "without a first read, after {days} days");
    }
}

#[tokio::test]
async fn without_a_key_the_response_is_503_until_the_first_rotation() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &deployment::keys()).await;
    secrets.access_token_keys().put("{}").await;
    let latchkey = secrets.latchkey(&[]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let response = client.send(&latchkey, &client.event("POST", "/token")).await;
    assert_eq!(error(&response), (503, "unavailable".to_owned(), "temporarily_unavailable".to_owned()));
    assert!(response.header("retry-after").is_some());
    assert!(client.is_signed_in(&latchkey).await);

    let now = latchkey.now();
    secrets
        .access_token_keys()
        .rotate("00000001-0000-4000-8000-000000000000", now)
        .await
        .expect("a rotation");
    latchkey.pass(1);
    let token = exchange(&mut client, &latchkey).await;
    latchkey.pass(300);
    assert!(is_signed(&token, &keys(&latchkey).await), "the first key signs at once, and is published");
    assert_eq!(database.items("KeysTable").len(), 1);
    assert_eq!(database.items("KeysTable")[0]["set"], json!({ "S": "access" }));
}

#[tokio::test]
async fn a_failure_of_a_service_is_never_a_401_and_gives_no_token() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.database.fail_always("BatchGetItem", Fault::error(500, "InternalServerError"));
    let response = client.send(&latchkey, &client.event("POST", "/token")).await;
    assert_eq!(error(&response), (503, "unavailable".to_owned(), "temporarily_unavailable".to_owned()));
    assert!(!response.body.contains("access_token"));
}
