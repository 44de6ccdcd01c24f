//! The rotation of the signing keys: no user notices it.

mod access_tokens;
mod replaced;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Map, Value};

use crate::harness::client::credentials;
use crate::harness::latchkey::keys;
use crate::harness::{Client, Database, Fault, Latchkey, NO_ADDRESS_LIMITS, SecretsManager};
use crate::rules::keys::kid;
use crate::rules::limiter::guess;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A version of the secret, as Secrets Manager names it.
pub fn token(number: i64) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

/// The ids of the keys in the secret.
async fn kids(secrets: &SecretsManager) -> Vec<i64> {
    let keys: Map<String, Value> = serde_json::from_str(&secrets.text().await).expect("an object");
    let kids = keys.keys().filter(|name| *name != "counters");
    let mut kids: Vec<i64> = kids.map(|kid| kid.parse().expect("a number")).collect();
    kids.sort_unstable();
    kids
}

/// A user, and the time of their last login.
struct User {
    name: String,
    client: Client,
    since: i64,
}

impl User {
    /// Reads the profile in both execution environments.
    async fn visit(&mut self, [one, other]: [&Latchkey; 2]) {
        if one.now() - self.since >= 29 * DAY {
            let response = self.client.post(one, "/login", &credentials(&self.name)).await;
            assert_eq!(response.status, 200, "{}", self.name);
            self.since = one.now();
        }
        for environment in [other, one] {
            assert_eq!(self.client.get(environment, "/profile").await.status, 200, "{}", self.name);
        }
    }
}

/// Lets all users visit at once, while something else happens.
async fn visit(users: &mut [User], [one, other]: [&Latchkey; 2], meanwhile: impl Future<Output = ()>) {
    let visits = users
        .iter_mut()
        .enumerate()
        .map(|(number, user)| user.visit(if number % 2 == 0 { [one, other] } else { [other, one] }));
    tokio::join!(join_all(visits), meanwhile);
}

#[tokio::test]
async fn over_four_rotations_under_load_no_session_and_no_device_is_lost() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let (one, other) =
        (Arc::new(secrets.latchkey(&NO_ADDRESS_LIMITS).await), secrets.latchkey(&NO_ADDRESS_LIMITS).await);
    let environments: [&Latchkey; 2] = [&one, &other];
    let pass = |seconds| environments.iter().for_each(|environment| environment.pass(seconds));
    let mut users = Vec::new();
    for number in 0..10 {
        let name = format!("user{number}");
        let client = Client::signed_up(&one, &name).await;
        users.push(User { name, client, since: one.now() });
    }
    let mut signed_with = BTreeSet::new();
    for day in 0..125 {
        let now = one.now();
        let rotate = async {
            if day > 0 && day % 30 == 0 {
                secrets.rotate(&token(day), now).await.expect("a rotation");
            }
        };
        visit(&mut users, environments, rotate).await;
        // A new key begins to sign after an hour.
        let steps = if day % 30 == 0 { 8 } else { 1 };
        for _ in 0..steps {
            pass(600);
            visit(&mut users, environments, async {}).await;
        }
        let mut newcomer = Client::program();
        assert_eq!(newcomer.post(&other, "/login", &credentials("user0")).await.status, 200);
        signed_with.insert(kid(&newcomer));
        assert!(newcomer.is_signed_in(&one).await, "a new token is valid everywhere at once");
        pass(DAY - steps * 600);
    }
    assert_eq!(signed_with.len(), 5, "the first key, and one of each rotation: {signed_with:?}");
    assert_eq!(kids(&secrets).await.len(), 3, "the oldest keys are removed");
    for user in &mut users {
        // A stranger's guesses count only on unknown devices.
        guess(&one, &Client::program(), &user.name).await;
        let response = user.client.post(&one, "/login", &credentials(&user.name)).await;
        assert_eq!(response.status, 200, "{}", user.name);
    }
}

#[tokio::test]
async fn a_step_may_be_repeated_and_its_response_may_be_lost() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let now = 1_795_165_200;
    for (step, operation) in [
        ("createSecret", "PutSecretValue"),
        ("setSecret", "nothing"),
        ("testSecret", "GetSecretValue"),
        ("finishSecret", "UpdateSecretVersionStage"),
    ] {
        for fault in [Fault::error(500, "InternalServiceError"), Fault::error(400, "AccessDeniedException")] {
            database.fail_always(operation, fault);
            let done = secrets.rotation_step(step, &token(1), now).await;
            assert_eq!(done.is_ok(), operation == "nothing", "{step}");
            database.clear_faults();
            assert_eq!(kids(&secrets).await, [0], "{step}: an unfinished rotation changes nothing");
        }
        database.fail_next(operation, Fault::AppliedAndLost);
        for _ in 0..2 {
            secrets.rotation_step(step, &token(1), now).await.expect(step);
        }
        database.clear_faults();
    }
    assert_eq!(kids(&secrets).await, [0, now + HOUR]);
    secrets.rotate(&token(2), now + 20).await.expect("another rotation");
    assert_eq!(kids(&secrets).await, [0, now + HOUR, now + HOUR + 20]);
    assert!(
        secrets.rotation_step("finishSecret", &token(3), now).await.is_err(),
        "a rotation that has not begun cannot finish"
    );
    assert_eq!(kids(&secrets).await, [0, now + HOUR, now + HOUR + 20]);
}

#[tokio::test]
async fn a_rotation_in_progress_never_restores_replaced_keys() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let now = 1_795_165_200;
    secrets.rotation_step("createSecret", &token(1), now).await.expect("a step");
    // The operator replaces a leaked key by one with the same id.
    let replaced = r#"{"0":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#;
    secrets.put(replaced).await;
    for step in ["createSecret", "testSecret", "finishSecret"] {
        assert!(secrets.rotation_step(step, &token(1), now).await.is_err(), "{step}");
    }
    assert_eq!(secrets.text().await, replaced);
    secrets.rotate(&token(2), now).await.expect("the next rotation");
    assert_eq!(kids(&secrets).await, [0, now + HOUR]);
}

#[tokio::test]
async fn a_secret_without_keys_is_not_rotated_and_stays_the_same() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, "{}").await;
    let error = secrets.rotate(&token(1), 0).await.unwrap_err().to_string();
    assert!(error.contains("the secret must be a JSON object"), "{error}");
    assert_eq!(secrets.text().await, "{}");
}
