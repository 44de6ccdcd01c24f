//! The rotation of the keys of access tokens: no valid token is refused, and no retired key is served.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::functions::rotation::token;
use crate::harness::access_token::{exchange, is_signed, keys, parts};
use crate::harness::latchkey as deployment;
use crate::harness::{Client, Database, Fault, Latchkey, SecretsManager};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

async fn start() -> (Database, SecretsManager, Latchkey) {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &deployment::keys()).await;
    let latchkey =
        secrets.latchkey(&[("SESSION_IDLE_SECONDS", "31536000"), ("SESSION_ABSOLUTE_SECONDS", "31536000")]);
    let latchkey = latchkey.await;
    (database, secrets.access_token_keys(), latchkey)
}

/// The times of the keys in the secret.
async fn times(secret: &SecretsManager) -> Vec<i64> {
    let keys: Map<String, Value> = serde_json::from_str(&secret.text().await).expect("an object");
    let mut times: Vec<i64> = keys.keys().map(|name| name.parse().expect("a time")).collect();
    times.sort_unstable();
    times
}

/// The names of the public keys in the table.
fn published(database: &Database) -> BTreeSet<String> {
    let item = database.items("KeysTable").pop().expect("an item");
    item["keys"]["M"].as_object().expect("keys").keys().cloned().collect()
}

/// A verifier that keeps the keys for two hours, like the JWT authorizer of an HTTP API.
struct Verifier {
    keys: Value,
    read_at: i64,
}

impl Verifier {
    async fn accepts(&mut self, latchkey: &Latchkey, token: &str) -> bool {
        if latchkey.now() - self.read_at >= 2 * HOUR {
            *self = Self { keys: keys(latchkey).await, read_at: latchkey.now() };
        }
        is_signed(token, &self.keys)
    }
}

#[tokio::test]
async fn over_four_rotations_no_verifier_with_an_old_set_refuses_a_token() {
    let (database, secret, latchkey) = start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let mut verifiers = Vec::new();
    for _ in 0..4 {
        verifiers.push(Verifier { keys: keys(&latchkey).await, read_at: latchkey.now() });
        latchkey.pass(HOUR / 2);
    }
    let (mut signed_by, mut tokens) = (BTreeSet::new(), Vec::<String>::new());
    for hour in 0..(3 * 30 * 24 + 60) {
        if hour % (30 * 24) == 10 {
            secret.rotate(&token(hour), latchkey.now()).await.expect("a rotation");
        }
        // Only around a rotation and the change of the key it is worth a look.
        if (5..45).contains(&(hour % (30 * 24))) {
            let token = exchange(&mut client, &latchkey).await;
            signed_by.insert(parts(&token)[0]["kid"].to_string());
            // The tokens of the last hour: they may be that old when the set is read again.
            tokens.push(token);
            for verifier in &mut verifiers {
                for token in tokens.iter().rev().take(2) {
                    assert!(verifier.accepts(&latchkey, token).await, "hour {hour}");
                }
            }
            let count = keys(&latchkey).await["keys"].as_array().expect("keys").len();
            assert!((1..=4).contains(&count), "{count} keys");
        }
        latchkey.pass(HOUR);
    }
    assert_eq!(signed_by.len(), 5, "each rotation has changed the key");
    assert_eq!(published(&database).len(), 3, "one is gone, one signs, and one will");
    assert_eq!(times(&secret).await.len(), 2, "the last key that has signed goes with the next rotation");
}

#[tokio::test]
async fn a_key_that_no_token_needs_is_served_no_longer() {
    let (database, secret, latchkey) = start().await;
    let first = published(&database);
    let now = latchkey.now();
    secret.rotate(&token(1), now).await.expect("a rotation");
    let second: BTreeSet<String> = published(&database).difference(&first).cloned().collect();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_eq!(times(&secret).await, [0, now + DAY], "the new key signs after a day");

    // The first key has signed for the last time a day before, and its private key goes with this rotation.
    let gone_at = now + 2 * DAY;
    secret.rotate(&token(2), gone_at).await.expect("a rotation");
    assert!(published(&database).is_superset(&first), "a verifier may still need the first key");
    secret.rotate(&token(3), gone_at + 25 * HOUR - 1).await.expect("a rotation");
    assert!(published(&database).is_superset(&first));
    secret.rotate(&token(4), gone_at + 25 * HOUR).await.expect("a rotation");
    assert!(published(&database).is_disjoint(&first));
    assert!(published(&database).is_superset(&second));
}

#[tokio::test]
async fn an_impatient_operator_gets_at_most_ten_keys() {
    let (database, secret, latchkey) = start().await;
    let (mut most, mut refused) = (0, 0);
    for hour in 0..3 * 24 {
        let before = (published(&database), secret.text().await);
        if let Err(error) = secret.rotate(&token(hour), latchkey.now() + hour * HOUR).await {
            assert!(error.to_string().contains("rotate again after it"), "{error}");
            assert_eq!((published(&database), secret.text().await), before, "nothing has changed");
            refused += 1;
        }
        most = most.max(published(&database).len());
    }
    assert!((5..=10).contains(&most), "{most} keys");
    assert!((50..3 * 24 - 6).contains(&refused), "{refused} rotations were refused");
}

#[tokio::test]
async fn a_rotation_publishes_all_keys_again_after_their_item_was_lost() {
    let (database, secret, latchkey) = start().await;
    secret.rotate(&token(1), latchkey.now()).await.expect("a rotation");
    let before = published(&database);
    database.delete("KeysTable", &json!({ "set": { "S": "access" } }));
    secret.rotate(&token(2), latchkey.now() + 1).await.expect("a rotation");
    assert!(published(&database).is_superset(&before));
}

#[tokio::test]
async fn a_rotation_that_was_given_up_takes_no_key_away_that_signs() {
    let (database, secret, latchkey) = start().await;
    let first = published(&database);
    secret.rotation_step("createSecret", &token(1), latchkey.now()).await.expect("a step");
    // Two days later Secrets Manager repeats the step, and then an operator starts over.
    let later = latchkey.now() + 50 * HOUR;
    secret.rotation_step("createSecret", &token(1), later).await.expect("a step");
    assert!(published(&database).is_superset(&first));
    secret.rotate(&token(2), later).await.expect("a rotation");
    assert!(published(&database).is_superset(&first));
    assert_eq!(times(&secret).await, [0, later + DAY]);
}

#[tokio::test]
async fn ten_daily_rotations_leave_few_keys() {
    let (database, secret, latchkey) = start().await;
    for day in 1..=10 {
        secret.rotate(&token(day), latchkey.now() + day * DAY).await.expect("a rotation");
        assert!((2..=6).contains(&published(&database).len()), "{day}: {:?}", published(&database));
        assert!(times(&secret).await.len() <= 3, "{day}");
    }
}

#[tokio::test]
async fn after_a_leak_the_new_key_alone_is_served_and_signs_at_once() {
    let (database, secret, latchkey) = start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let leaked = exchange(&mut client, &latchkey).await;
    secret.rotate(&token(1), latchkey.now()).await.expect("a rotation");
    let before = published(&database);
    secret.put("{}").await;
    secret.rotate(&token(2), latchkey.now()).await.expect("a rotation");
    let after = published(&database);
    assert!(after.len() == 1 && after.is_disjoint(&before), "{before:?} {after:?}");
    latchkey.pass(301);
    let token = exchange(&mut client, &latchkey).await;
    let served = keys(&latchkey).await;
    assert!(is_signed(&token, &served) && !is_signed(&leaked, &served));
}

#[tokio::test]
async fn a_rotation_brings_no_key_back_that_an_operator_has_replaced() {
    let (database, secret, latchkey) = start().await;
    secret.rotation_step("createSecret", &token(1), latchkey.now()).await.expect("a step");
    let before = published(&database);
    secret.put("{}").await;
    for step in ["createSecret", "testSecret", "finishSecret"] {
        assert!(secret.rotation_step(step, &token(1), latchkey.now()).await.is_err(), "{step}");
    }
    assert_eq!(secret.text().await, "{}");
    assert_eq!(published(&database), before, "and publishes none");
    secret.rotate(&token(2), latchkey.now()).await.expect("another rotation");
    assert_eq!(published(&database).len(), 1);
}

#[tokio::test]
async fn a_step_that_is_repeated_or_fails_leaves_no_key_unpublished() {
    let (database, secret, latchkey) = start().await;
    let now = latchkey.now();
    // Two createSecret at once: at most one has written the version.
    let name = token(1);
    let (one, other) = tokio::join!(
        secret.rotation_step("createSecret", &name, now),
        secret.rotation_step("createSecret", &name, now)
    );
    assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
    for step in ["createSecret", "setSecret", "testSecret", "testSecret", "finishSecret", "finishSecret"] {
        secret.rotation_step(step, &name, now).await.unwrap_or_else(|error| panic!("{step}: {error}"));
    }
    assert_eq!(published(&database).len(), 2);

    // Each call of the steps is lost, or applied and its response lost. The repetition finishes.
    for (number, operation) in
        ["GetItem keys", "UpdateItem keys", "GetSecretValue", "PutSecretValue"].into_iter().enumerate()
    {
        for fault in [Fault::error(400, "ValidationException"), Fault::AppliedAndLost] {
            let is_applied = i64::from(matches!(fault, Fault::AppliedAndLost));
            let name = token(10 + 2 * i64::try_from(number).expect("a number") + is_applied);
            database.fail_next(operation, fault);
            let _ = secret.rotation_step("createSecret", &name, now + DAY).await;
            database.clear_faults();
            secret.rotate(&name, now + DAY).await.unwrap_or_else(|error| panic!("{operation}: {error}"));
            let text = secret.text().await;
            let private = latchkey::keys::PrivateKeys::parse(&text).expect("keys").public();
            assert!(private.keys().all(|kid| published(&database).contains(kid)), "{operation}");
        }
    }
}

#[tokio::test]
async fn an_unpublished_key_never_becomes_the_current_one() {
    let (database, secret, latchkey) = start().await;
    secret.rotation_step("createSecret", &token(1), latchkey.now()).await.expect("a step");
    database.delete("KeysTable", &json!({ "set": { "S": "access" } }));
    for step in ["testSecret", "finishSecret"] {
        assert!(secret.rotation_step(step, &token(1), latchkey.now()).await.is_err(), "{step}");
    }
    assert_eq!(times(&secret).await, [0]);
}
