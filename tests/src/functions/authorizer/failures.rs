//! What the authorizer does when the database fails, and with keys that it does not know.

use latchkey::keys::PrivateKeys;
use latchkey::time::Timestamp;
use rotation::access_tokens;
use serde_json::json;

use crate::functions::authorizer::{bearer, orders, start};
use crate::harness::Fault;
use crate::harness::access_token::parts;
use crate::harness::latchkey::ACCESS_TOKEN_KEYS;
use crate::robustness::faults::kinds::{Meaning, kinds};
use crate::rules::access_tokens::forged::{signed, with};

#[tokio::test]
async fn a_failure_is_an_error_and_never_a_no() {
    let (latchkey, gate, client, token) = start().await;
    let broken = || Fault::error(503, "ServiceUnavailable");
    latchkey.database.fail_always("GetItem keys", broken());
    assert!(gate.ask(&latchkey, &bearer(&token)).await.is_err(), "the keys were never read");
    assert!(gate.passes(&latchkey, &orders(&client)).await, "the cookie needs none");
    latchkey.database.clear_faults();
    latchkey.pass(11);
    assert!(gate.passes(&latchkey, &bearer(&token)).await);
    latchkey.database.fail_always("BatchGetItem", broken());
    for event in [orders(&client), bearer(&token)] {
        let error = gate.ask(&latchkey, &event).await.expect_err("a failure");
        assert_eq!(error, "Latchkey cannot judge the request now");
    }
    latchkey.database.clear_faults();
    for fault in [Fault::Broken, Fault::Garbage, Fault::error(400, "AccessDeniedException")] {
        latchkey.database.fail_always("BatchGetItem", fault.clone());
        assert!(gate.ask(&latchkey, &orders(&client)).await.is_err(), "{fault:?}");
        latchkey.database.clear_faults();
    }
    // An unknown key may be a new one.
    latchkey.database.fail_always("GetItem keys", broken());
    latchkey.pass(60);
    let [header, claims] = parts(&token);
    let unknown = signed(&with(&header, "kid", json!("A".repeat(43))), &claims, &ACCESS_TOKEN_KEYS);
    assert!(gate.ask(&latchkey, &bearer(&unknown)).await.is_err());
    assert!(gate.passes(&latchkey, &bearer(&token)).await, "the last good keys stay");
    latchkey.database.clear_faults();
    latchkey.pass(60);
    assert!(!gate.passes(&latchkey, &bearer(&unknown)).await);
}

#[tokio::test]
async fn made_up_keys_are_looked_up_at_most_every_ten_seconds_and_a_new_one_at_once() {
    let (latchkey, gate, _, token) = start().await;
    let [header, claims] = parts(&token);
    let reads = async |token: &str| {
        latchkey.database.take_calls();
        let passes = gate.passes(&latchkey, &bearer(token)).await;
        let reads = latchkey.database.take_operations();
        (passes, reads.iter().filter(|read| *read == "GetItem keys").count())
    };
    let unknown = signed(&with(&header, "kid", json!("A".repeat(43))), &claims, &ACCESS_TOKEN_KEYS);
    assert_eq!(reads(&unknown).await, (false, 1));
    for _ in 0..5 {
        assert_eq!(reads(&unknown).await, (false, 0));
    }
    // After a leak, a new key signs before the environment reads the keys again.
    let new = access_tokens::first(Timestamp::from_seconds(0)).expect("a key pair");
    let public = PrivateKeys::parse(&new).expect("keys").public();
    let (kid, key) = public.iter().next().expect("a key");
    let item = json!({ "M": { kid: { "M": {
        "n": { "S": key.n }, "e": { "S": key.e }, "signs_from": { "N": "0" },
    } } } });
    latchkey.database.set("KeysTable", json!({ "set": { "S": "access" } }), &json!({ "keys": item }));
    let replaced = signed(&with(&header, "kid", json!(kid)), &claims, &new);
    latchkey.pass(11);
    let claims = with(&with(&claims, "exp", json!(latchkey.now() + 300)), "iat", json!(latchkey.now()));
    assert_eq!(reads(&replaced).await, (true, 1));
    let old = signed(&header, &claims, &ACCESS_TOKEN_KEYS);
    assert!(!reads(&old).await.0, "the leaked key counts no longer");
}

#[tokio::test]
async fn no_kind_of_failure_is_an_answer() {
    let (latchkey, gate, client, token) = start().await;
    let mut tried = 0;
    for kind in kinds() {
        for (operation, event) in [("BatchGetItem", orders(&client)), ("GetItem keys", bearer(&token))] {
            for is_lasting in [false, true] {
                // The environment reads the keys again.
                latchkey.pass(311);
                let claims = with(&parts(&token)[1], "exp", json!(latchkey.now() + 300));
                let event = match operation {
                    "BatchGetItem" => event.clone(),
                    _ => bearer(&signed(&parts(&token)[0], &claims, &ACCESS_TOKEN_KEYS)),
                };
                if is_lasting {
                    latchkey.database.fail_always(operation, kind.fault.clone());
                } else {
                    latchkey.database.fail_next(operation, kind.fault.clone());
                }
                let answer = gate.ask(&latchkey, &event).await;
                latchkey.database.clear_faults();
                let passes = answer.as_ref().is_ok_and(|answer| answer["isAuthorized"] == true);
                // The last good keys stay for a day. A call that may pass is repeated.
                let is_repeated = kind.meaning == Meaning::Transient && !is_lasting;
                let expected = operation == "GetItem keys" || is_repeated;
                let what = format!("{operation}, {}, {is_lasting}: {answer:?}", kind.name);
                assert!(passes == expected && (expected || answer.is_err()), "{what}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 22 * 2 * 2);
}
