//! A private key of access tokens that has leaked.

use crate::harness::access_token::{self, exchange, is_signed};
use crate::harness::latchkey::keys;
use crate::harness::{Client, Database, SecretsManager};
use crate::project::runbook::{blocks, run};

#[tokio::test]
async fn an_operator_replaces_a_leaked_private_key() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let latchkey = secrets.latchkey(&[]).await;
    let mut ada = Client::signed_up(&latchkey, "ada.l").await;
    let leaked = exchange(&mut ada, &latchkey).await;
    // A rotation is under way, which must not go on with the leaked key.
    let pending = "00000000-0000-4000-8000-000000000000";
    secrets.access_token_keys().rotation_step("createSecret", pending, latchkey.now()).await.expect("a step");
    // The first block looks at the site. Of the last command Secrets Manager takes the steps, which moto does not.
    let block = blocks("A private key has leaked").pop().expect("a block");
    let (empty, rotate) = block.trim().rsplit_once('\n').expect("commands");
    assert_eq!(rotate, r#"aws secretsmanager rotate-secret --secret-id "$TOKEN_KEYS""#);
    run(&database, empty).await;
    assert_eq!(secrets.access_token_keys().labelled("AWSPENDING").await, None);
    let rotation = "00000001-0000-4000-8000-000000000000";
    secrets.access_token_keys().rotate(rotation, latchkey.now()).await.expect("a rotation");
    latchkey.pass(300);
    let token = exchange(&mut ada, &latchkey).await;
    let served = access_token::keys(&latchkey).await;
    assert!(is_signed(&token, &served) && !is_signed(&leaked, &served));
}
