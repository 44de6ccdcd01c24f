//! Known devices: a stranger's guesses never lock the owner out of them.

use serde_json::json;

use crate::harness::client::credentials;
use crate::harness::{Client, Latchkey};
use crate::rules::limiter::{guess, retry_after, wrong};

#[tokio::test]
async fn on_a_known_device_only_its_own_failures_count() {
    let latchkey = Latchkey::start().await;
    let mut owner = Client::signed_up(&latchkey, "ada1").await;
    let session = owner.clone();
    assert_eq!(owner.post(&latchkey, "/logout", &json!({})).await.status, 204);
    for identifier in ["ada1", "ada1@example.com"] {
        assert_eq!(guess(&latchkey, &Client::program(), identifier).await.0, 10);
    }
    // The owner's address has no attempts left, either.
    let mut neighbour = owner.neighbour();
    for number in 0..20 {
        neighbour.post(&latchkey, "/login", &wrong(&format!("unknown{number}"))).await;
    }
    let stranger = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
    assert_eq!(stranger.status, 429);
    for identifier in ["ada1", "ADA1@example.com", "ada1"] {
        let response = owner.post(&latchkey, "/login", &credentials(identifier)).await;
        assert_eq!(response.status, 200, "{identifier}");
    }
    assert!(!session.is_signed_in(&latchkey).await && owner.is_signed_in(&latchkey).await);

    // The device has ten failures of its own, and the same delays.
    let mut thief = owner.clone();
    thief.cookies.remove("__Host-session");
    assert_eq!(guess(&latchkey, &thief, "ada1").await.0, 10);
    latchkey.pass(2);
    assert_eq!(retry_after(&thief.post(&latchkey, "/login", &wrong("ada1@example.com")).await), 28);
    assert!(owner.is_signed_in(&latchkey).await, "an active session is never affected");
    latchkey.pass(28);
    assert_eq!(owner.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    assert_eq!(guess(&latchkey, &thief, "ada1").await.0, 10, "the success has reset the counter");
}

#[tokio::test]
async fn a_device_is_known_to_one_account_only_and_for_a_time() {
    let latchkey = Latchkey::start().await;
    let ada = Client::signed_up(&latchkey, "ada1").await;
    let eve = Client::signed_up(&latchkey, "eve1").await;
    guess(&latchkey, &Client::program(), "ada1").await;
    latchkey.pass(2);
    let with_device = |value: String| {
        let mut client = Client::program();
        client.cookies.insert("__Host-device".to_owned(), value);
        client
    };
    let device = ada.cookies["__Host-device"].clone();
    let unsigned = {
        let (header, rest) = device.split_once('.').expect("a token");
        format!("{header}.{}", rest.split_once('.').expect("a token").0)
    };
    for (name, value) in [
        ("another account's", eve.cookies["__Host-device"].clone()),
        ("a session's token", ada.token().to_owned()),
        ("no signature", unsigned.clone()),
        ("an empty signature", format!("{unsigned}.")),
        ("another signature", format!("{unsigned}.{}", "A".repeat(43))),
        ("nonsense", "x".to_owned()),
    ] {
        let mut client = with_device(value);
        let response = client.post(&latchkey, "/login", &credentials("ada1")).await;
        assert_eq!(response.status, 429, "{name}");
    }
    let session = Client::with_token(&device);
    assert!(!session.is_signed_in(&latchkey).await, "the token of a device is not that of a session");

    latchkey.pass(30 * 86_400 + 14 * 86_400 - 3);
    guess(&latchkey, &Client::program(), "ada1").await;
    assert_eq!(with_device(device.clone()).post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    guess(&latchkey, &Client::program(), "ada1").await;
    latchkey.pass(1);
    assert_eq!(with_device(device).post(&latchkey, "/login", &credentials("ada1")).await.status, 429);
}

#[tokio::test]
async fn a_device_is_unknown_after_a_raised_epoch_and_to_a_later_account() {
    let latchkey = Latchkey::start().await;
    let mut owner = Client::signed_up(&latchkey, "ada1").await;
    let thief = owner.clone();
    latchkey.raise_epoch("ada1").await;
    guess(&latchkey, &Client::program(), "ada1").await;
    latchkey.pass(2);
    assert_eq!(thief.moved().post(&latchkey, "/login", &credentials("ada1")).await.status, 429);
    latchkey.pass(28);
    latchkey.database.take_calls();
    assert_eq!(owner.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    let counted = latchkey.database.take_operations();
    let counted = counted.iter().filter(|name| *name == "count failure" || *name == "release failure");
    assert_eq!(counted.count(), 4, "on the device, released, and on the identifier after its delay");
    guess(&latchkey, &Client::program(), "ada1").await;
    assert_eq!(
        owner.post(&latchkey, "/login", &credentials("ada1")).await.status,
        200,
        "the device is known again"
    );

    for table in ["UsersTable", "CredentialsTable"] {
        for item in latchkey.database.items(table) {
            let key = if table == "UsersTable" { "user_id" } else { "identifier" };
            latchkey.database.delete(table, &json!({ key: item[key] }));
        }
    }
    let deleted = owner.post(&latchkey, "/login", &credentials("ada1")).await;
    assert_eq!(deleted.status, 429, "the account is deleted, and its identifier keeps its delay");
    latchkey.pass(3_600);
    Client::signed_up(&latchkey, "ada1").await;
    guess(&latchkey, &Client::program(), "ada1").await;
    assert_eq!(owner.post(&latchkey, "/login", &credentials("ada1")).await.status, 429);
}

#[tokio::test]
async fn a_device_that_became_unknown_does_not_help_a_refused_address() {
    let latchkey = Latchkey::start().await;
    let thief = Client::signed_up(&latchkey, "ada1").await.moved();
    latchkey.raise_epoch("ada1").await;
    for number in 0..20 {
        let response = thief.neighbour().post(&latchkey, "/login", &wrong(&format!("unknown{number}"))).await;
        assert_eq!(response.status, 401);
    }
    assert_eq!(thief.neighbour().post(&latchkey, "/login", &wrong("unknown")).await.status, 429);
    for calls in [3, 0, 0] {
        latchkey.database.take_calls();
        assert_eq!(thief.clone().post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
        assert_eq!(latchkey.database.take_operations().len(), calls, "only the first attempt asks who it is");
    }
    // The device does not keep the owner out from another address.
    assert_eq!(thief.moved().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    latchkey.pass(1);
    latchkey.database.take_calls();
    assert_eq!(thief.clone().post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
    assert!(!latchkey.database.take_operations().is_empty(), "it is remembered for a second only");
}

#[tokio::test]
async fn attempts_on_a_device_that_became_unknown_are_released() {
    let latchkey = Latchkey::start().await;
    let mut owner = Client::signed_up(&latchkey, "ada1").await;
    assert_eq!(guess(&latchkey, &owner, "ada1").await.0, 10, "a thief has the cookie");
    latchkey.pass(2);
    assert_eq!(retry_after(&owner.post(&latchkey, "/login", &credentials("ada1")).await), 28);
    latchkey.raise_epoch("ada1").await;
    assert_eq!(owner.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
}
