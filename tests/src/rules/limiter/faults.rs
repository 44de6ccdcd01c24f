//! The limits while calls to their table fail.

use crate::harness::client::{account, credentials};
use crate::harness::{Client, Fault, Latchkey};
use crate::rules::limiter::wrong;

#[tokio::test]
async fn nothing_is_hashed_while_the_limiter_is_out_of_reach() {
    let latchkey = Latchkey::start().await;
    let mut owner = Client::signed_up(&latchkey, "ada1").await;
    for (path, fields) in [("/login", credentials("ada1")), ("/signup", account("ada2"))] {
        for mut client in [Client::program(), owner.clone()] {
            let hashes = latchkey.functions.login.verifier.hasher.computed()
                + latchkey.functions.signup.hasher.computed();
            for operation in ["count failure", "take slot"] {
                latchkey.database.fail_always(operation, Fault::error(500, "InternalServerError"));
            }
            let response = client.post(&latchkey, path, &fields).await;
            assert_eq!((response.status, response.code().as_str()), (503, "unavailable"), "{path}");
            assert!(response.cookies.is_empty() && response.header("retry-after").is_some());
            assert_eq!(
                latchkey.functions.login.verifier.hasher.computed()
                    + latchkey.functions.signup.hasher.computed(),
                hashes
            );
            latchkey.database.clear_faults();
        }
    }
    assert_eq!(owner.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
}

#[tokio::test]
async fn a_lost_response_of_a_reset_or_a_release_refuses_no_login() {
    let latchkey = Latchkey::start().await;
    let ada = Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..3 {
        let mut client = ada.neighbour();
        latchkey.database.fail_next("BatchWriteItem", Fault::AppliedAndLost);
        assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    }

    // A release is never retried. After a lost response, a retry would release twice.
    let mut attacker = Client::program();
    for number in 0..20 {
        attacker.post(&latchkey, "/login", &wrong(&format!("unknown{number}"))).await;
    }
    latchkey.database.take_calls();
    for (mut client, fields, operation) in
        [(attacker, wrong("ada1"), "release failure"), (ada.neighbour(), credentials("ada1"), "release slot")]
    {
        latchkey.database.fail_next(operation, Fault::AppliedAndLost);
        client.post(&latchkey, "/login", &fields).await;
        let calls = latchkey.database.take_operations();
        assert_eq!(calls.iter().filter(|name| *name == operation).count(), 1, "{calls:?}");
    }
}
