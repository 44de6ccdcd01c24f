//! A rotation of the keys of access tokens, and an operator who replaces them at the same time.

use latchkey::aws::Aws;
use latchkey::error::Error;
use latchkey::keys::{Rotated, Secret, Step, take};
use latchkey::time::Timestamp;
use rotation::access_tokens::AccessTokenKeys;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::functions::rotation::token;
use crate::harness::latchkey as deployment;
use crate::harness::{Database, SecretsManager};

/// A rotation during which an operator replaces a key that has leaked.
struct Interrupted {
    keys: AccessTokenKeys,
    secret: SecretsManager,
}

impl Rotated for Interrupted {
    fn secret(&self) -> &Secret {
        self.keys.secret()
    }

    fn next(&self, current: &str, now: Timestamp) -> Result<String, Error> {
        let next = self.keys.next(current, now);
        block_in_place(|| Handle::current().block_on(self.secret.put("{}")));
        next
    }

    fn continues(&self, current: &str, next: &str, now: Timestamp) -> bool {
        self.keys.continues(current, next, now)
    }

    async fn publish(&self, current: &str, next: &str, now: Timestamp) -> Result<(), Error> {
        self.keys.publish(current, next, now).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_replaced_while_a_key_is_made_are_not_published_again() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &deployment::keys()).await;
    let secret = secrets.access_token_keys();
    database.delete("KeysTable", &json!({ "set": { "S": "access" } }));
    let environment = secret.environment();
    let aws = Aws::from_environment(&environment).expect("a configuration");
    let keys = AccessTokenKeys::new(&environment, &aws).expect("a configuration");
    let interrupted = Interrupted { keys, secret: secret.access_token_keys() };
    let now = Timestamp::from_seconds(0);
    let failed = take(&interrupted, Step::CreateSecret, &token(1), now).await.expect_err("a failure");
    assert!(failed.to_string().contains("does not continue"), "{failed}");
    assert_eq!((database.items("KeysTable").len(), secret.text().await.as_str()), (0, "{}"));
}

/// The commands of the runbook for a leak begin with a new version, to which no label of a rotation belongs.
#[tokio::test]
async fn after_a_rotation_no_label_keeps_the_next_one_from_starting() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &deployment::keys()).await;
    for secret in [secrets.access_token_keys(), secrets] {
        secret.rotate(&token(1), 0).await.expect("a rotation");
        assert_eq!(secret.labelled("AWSPENDING").await, None);
        assert_eq!(secret.labelled("AWSCURRENT").await, Some(token(1)));
        secret.rotation_step("finishSecret", &token(1), 0).await.expect("a repetition");
    }
}
