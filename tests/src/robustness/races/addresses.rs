//! Many users who want one address at once.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::ONE_AT_A_TIME;
use crate::harness::client::PASSWORD;
use crate::harness::{Client, Latchkey, soak};
use crate::robustness::faults::check_accounts;

/// Gives a user a link to an address, and returns its token.
fn link(latchkey: &Latchkey, user: &Value, email: &str) -> String {
    let user_id = user["user_id"]["S"].as_str().expect("an id");
    let secret = Sha256::digest(format!("{user_id} {email}"));
    let number = |number: i64| json!({ "N": number.to_string() });
    let attributes = json!({
        "purpose": { "S": "change_email" },
        "email": { "S": email },
        "user_id": user["user_id"],
        "epoch": user["epoch"],
        "made_at": number(latchkey.now()),
        "expires_at": number(latchkey.now() + 3_600),
    });
    let key = json!({ "proof_id": { "S": BASE64URL_NOPAD.encode(&Sha256::digest(secret)) } });
    latchkey.database.set("ProofsTable", key, &attributes);
    BASE64URL_NOPAD.encode(&secret)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_changes_to_one_address_and_sign_ups_with_it_one_succeeds() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let (rounds, at_once) = (soak(3, 20), soak(30, 100));
    for round in 0..rounds {
        let latchkey = Arc::new(Latchkey::start().await);
        let mut clients = Vec::new();
        for number in 0..at_once {
            clients.push(Client::signed_up(&latchkey, &format!("user{number}")).await);
        }
        let email = format!("wanted{round}@example.com");
        let users = latchkey.database.items("UsersTable");
        let mut requests = Vec::new();
        for (number, client) in clients.into_iter().enumerate() {
            // In every second round, some sign up with the address meanwhile.
            let signs_up = round % 2 == 1 && number % 10 == 0;
            let name = format!("user{number}");
            let user = users.iter().find(|user| user["username"]["S"] == *name).expect("a user");
            let (path, fields) = if signs_up {
                (
                    "/signup",
                    json!({ "username": format!("new{number}"), "email": email, "password": PASSWORD }),
                )
            } else {
                ("/verify", json!({ "token": link(&latchkey, user, &email) }))
            };
            let (latchkey, mut client) = (latchkey.clone(), client.moved());
            requests.push(tokio::spawn(async move { client.post(&latchkey, path, &fields).await }));
        }
        let responses = join_all(requests).await.into_iter().map(|response| response.expect("no panic"));
        let (won, lost): (Vec<_>, Vec<_>) = responses.partition(|response| response.status < 300);
        assert_eq!(won.len(), 1, "round {round}");
        for response in lost {
            assert!(matches!(response.status, 409 | 503), "{response:?}");
        }
        let holders = latchkey.database.items("UsersTable").into_iter();
        assert_eq!(holders.filter(|user| user["email"]["S"] == *email).count(), 1);
        check_accounts(&latchkey);
    }
}
