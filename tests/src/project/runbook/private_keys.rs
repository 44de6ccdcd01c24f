//! A private key of access tokens that has leaked.

use serde_json::json;

use crate::harness::access_token::{self, exchange, is_signed};
use crate::harness::{Client, Fault};
use crate::project::runbook::{commands, operator};

#[tokio::test]
async fn an_operator_replaces_a_leaked_private_key() {
    let (operator, _) = operator().await;
    let secrets = operator.account.as_ref().expect("an account");
    let latchkey = secrets.latchkey(&[]).await;
    let mut ada = Client::signed_up(&latchkey, "ada1").await;
    let leaked = exchange(&mut ada, &latchkey).await;
    // A rotation is under way, which must not go on with the leaked key.
    let pending = "00000000-0000-4000-8000-000000000000";
    secrets.access_token_keys().rotation_step("createSecret", pending, latchkey.now()).await.expect("a step");
    let commands = commands("A private key has leaked");
    let (replace, look) = commands.split_once('\n').expect("two commands");
    assert!(look.starts_with("curl "), "{look}");
    // Secrets Manager takes the steps of the rotation that the command starts. moto would take none, and lose the keys.
    operator.latchkey.database.fail_next("RotateSecret", Fault::Refused(200, json!({})));
    operator.shell(&format!("{replace} --yes")).await;
    assert_eq!(secrets.access_token_keys().labelled("AWSPENDING").await, None);
    let rotation = "00000001-0000-4000-8000-000000000000";
    secrets.access_token_keys().rotate(rotation, latchkey.now()).await.expect("a rotation");
    latchkey.pass(300);
    let token = exchange(&mut ada, &latchkey).await;
    let served = access_token::keys(&latchkey).await;
    assert!(is_signed(&token, &served) && !is_signed(&leaked, &served));
}
