//! Login with outdated, corrupt and missing password hashes.

use latchkey::password::PasswordHasher;
use serde_json::json;

use crate::harness::client::credentials;
use crate::harness::{Client, Fault, Latchkey};
use crate::rules::limiter::wrong;

#[tokio::test]
async fn a_credential_without_a_hash_or_with_a_corrupt_one_is_a_wrong_password() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    let key = json!({ "identifier": { "S": "username#ada1" } });
    for hash in
        ["", "no hash", "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"]
    {
        latchkey.database.set("CredentialsTable", key.clone(), &json!({ "password_hash": { "S": hash } }));
        let hashes = latchkey.functions.login.verifier.hasher.computed();
        let response = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
        assert_eq!((response.status, response.code().as_str()), (401, "invalid_credentials"), "{hash}");
        assert_eq!(latchkey.functions.login.verifier.hasher.computed() - hashes, 1, "{hash}");
    }
    let other = latchkey
        .database
        .items("CredentialsTable")
        .into_iter()
        .find(|item| item["identifier"] == key["identifier"]);
    let mut without = other.unwrap();
    without.as_object_mut().unwrap().remove("password_hash");
    latchkey.database.delete("CredentialsTable", &key);
    latchkey.database.set("CredentialsTable", key, &without);
    let hashes = latchkey.functions.login.verifier.hasher.computed();
    let response = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
    assert_eq!(response.code(), "invalid_credentials");
    assert_eq!(latchkey.functions.login.verifier.hasher.computed() - hashes, 1, "no hash at all");
    assert_eq!(
        Client::program().post(&latchkey, "/login", &credentials("ada1@example.com")).await.status,
        200
    );
}

#[tokio::test]
async fn an_outdated_hash_is_renewed_by_the_next_right_password() {
    let mut costly = Latchkey::start_with_real_hashes(&[]).await;
    Client::signed_up(&costly, "ada1").await;
    let hash = |latchkey: &Latchkey, identifier: &str| {
        let items = latchkey.database.items("CredentialsTable");
        let item = items.iter().find(|item| item["identifier"]["S"] == *identifier).unwrap();
        item["password_hash"]["S"].as_str().unwrap().to_owned()
    };
    let before = hash(&costly, "username#ada1");
    costly.functions.login.verifier.hasher =
        PasswordHasher::new(argon2::Params::new(19_456, 3, 1, None).unwrap());

    assert_eq!(Client::program().post(&costly, "/login", &wrong("ada1")).await.status, 401);
    assert_eq!(hash(&costly, "username#ada1"), before, "a wrong password renews nothing");

    costly.database.take_calls();
    assert_eq!(Client::program().post(&costly, "/login", &credentials("ada1")).await.status, 200);
    assert_eq!(
        costly.database.take_operations(),
        [
            "BatchWriteItem",
            "GetItem credentials",
            "GetItem users",
            "PutItem mails",
            "UpdateItem credentials",
            "UpdateItem credentials",
            "count failure",
            "take slot"
        ]
    );
    for identifier in ["ada1", "ada1@example.com"] {
        assert_eq!(Client::program().post(&costly, "/login", &credentials(identifier)).await.status, 200);
    }
    let after = hash(&costly, "username#ada1");
    assert!(after.contains("t=3"));
    assert_eq!(
        hash(&costly, "email#ada1@example.com"),
        after,
        "the hash of the other identifier is renewed, too"
    );
}

#[tokio::test]
async fn a_renewed_hash_never_undoes_a_password_change() {
    let mut latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    latchkey.functions.login.verifier.hasher =
        PasswordHasher::new(argon2::Params::new(16, 1, 1, None).unwrap());
    let changed = json!({
        "TableName": "CredentialsTable",
        "Key": { "identifier": { "S": "username#ada1" } },
        "UpdateExpression": "SET password_hash = :new",
        "ExpressionAttributeValues": { ":new": { "S": "another" } },
    });
    latchkey.database.fail_next("UpdateItem credentials", Fault::After("UpdateItem", changed));
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    let items = latchkey.database.items("CredentialsTable");
    assert!(items.iter().any(|item| item["password_hash"]["S"] == "another"), "{items:?}");
}

#[tokio::test]
async fn a_failed_renewal_of_a_hash_refuses_no_login() {
    let mut latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    latchkey.functions.login.verifier.hasher =
        PasswordHasher::new(argon2::Params::new(16, 1, 1, None).unwrap());
    latchkey.database.fail_always("UpdateItem credentials", Fault::error(500, "InternalServerError"));
    assert_eq!(
        Client::program().post(&latchkey, "/login", &credentials("ada1@example.com")).await.status,
        200
    );
}
