//! The epoch of a user only grows, whether the code or an operator raises it.

use serde_json::json;

use crate::harness::client::credentials;
use crate::harness::command::Operator;
use crate::harness::{Client, Database};
use crate::project::runbook::operate;

/// The epoch of the only user, which both credentials have, too.
fn epoch(database: &Database) -> i64 {
    let items = [database.items("UsersTable"), database.items("CredentialsTable")].concat();
    let epochs = items.iter().map(|item| item["epoch"]["N"].as_str().expect("a number"));
    let epochs: Vec<i64> = epochs.map(|epoch| epoch.parse().expect("a number")).collect();
    assert!(epochs.len() == 3 && epochs.iter().all(|epoch| *epoch == epochs[0]), "{epochs:?}");
    epochs[0]
}

#[tokio::test]
async fn a_former_epoch_never_returns() {
    let operator = Operator::start().await;
    let (latchkey, database) = (&operator.latchkey, &operator.latchkey.database);
    let mut clients = vec![Client::signed_up(latchkey, "ada.l").await];
    let mut epochs = vec![epoch(database)];
    for by_operator in [false, true, false, false, false, true, true, false] {
        if by_operator {
            operate(&operator, "End all sessions of a user").await;
        } else {
            latchkey.raise_epoch("ada.l").await;
        }
        epochs.push(epoch(database));
        for client in &clients {
            assert!(!client.is_signed_in(latchkey).await, "{epochs:?}");
        }
        let mut client = Client::program();
        assert_eq!(client.post(latchkey, "/login", &credentials("ada.l")).await.status, 200);
        clients.push(client);
    }
    assert!(epochs.is_sorted_by(|former, next| former < next), "{epochs:?}");

    // A restored credential has an epoch of its own.
    let key = json!({ "identifier": { "S": "username#ada.l" } });
    database.set("CredentialsTable", key, &json!({ "epoch": { "N": "0" } }));
    assert_eq!(Client::program().post(latchkey, "/login", &credentials("ada.l")).await.status, 401);
    operate(&operator, "End all sessions of a user").await;
    assert!(epoch(database) > *epochs.last().expect("an epoch"));
    assert_eq!(Client::program().post(latchkey, "/login", &credentials("ada.l")).await.status, 200);
}
