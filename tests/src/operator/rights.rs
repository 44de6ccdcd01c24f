//! The command in an account: what each of the two policies lets an operator do, and what not.

use std::collections::BTreeSet;

use latchkey::account::Identifier;
use latchkey::aws::Aws;
use latchkey::config::Environment;
use latchkey::keys::KeySet;
use latchkey::store::{self, Credentials, Inspector};
use serde_json::{Map, Value, json};

use crate::harness::command::Operator;
use crate::harness::latchkey::environment;
use crate::harness::{Client, template};
use crate::operator::doctor::BY_DOCTOR;
use crate::operator::imports::{BCRYPT, WEAK, write};
use crate::operator::users::{guess, may_log_in};

/// The commands of who may look and stop.
const LOOK_AND_STOP: [&[&str]; 9] = [
    &["keys", "list"],
    &["stats", "--exact"],
    &["user", "list"],
    &["user", "show", "ada1"],
    &["user", "show", "ada1", "--all"],
    &["user", "disable", "ada1", "--why", "a test"],
    &["user", "enable", "ada1"],
    &["user", "unlock", "ada1"],
    &["user", "sign-out", "ada1"],
];

/// More of them. moto starts a rotation, and calls no function for it, so its secrets have no keys from then on.
const ROTATE: [&[&str]; 2] = [&["keys", "rotate"], &["keys", "rotate", "--access-tokens"]];

/// What else an admin does with keys.
const REPLACE: [&[&str]; 2] =
    [&["keys", "replace", "--yes"], &["keys", "replace", "--access-tokens", "--yes"]];

/// The others.
const CHANGE: [&[&str]; 16] = [
    &["user", "show", "ada1", "--password"],
    &["export", "-"],
    &["import", "users.ndjson", "--source", "old", "--yes", "--accept-timing"],
    &["import", "users.ndjson", "--source", "old", "--dry-run", "--against-tables"],
    &["import", "newer.ndjson", "--source", "old", "--again", "--yes", "--accept-timing"],
    &["password", "list"],
    &["password", "retire", "--imported-before", "2999-01-01", "--yes"],
    &["user", "create", "--email", "new@example.com", "--username", "newcomer", "--no-password"],
    &["user", "role", "ada1", "editor"],
    &["user", "attributes", "ada1", r#"{"plan":"pro"}"#],
    &["user", "verify-email", "ada1"],
    &["user", "rename", "ada1", "ada2"],
    &["user", "rename", "ada2", "ada1"],
    &["user", "email", "ada1", "ada2@example.com"],
    &["user", "reset-link", "ada1", "--send"],
    &["user", "delete", "ada1", "--yes"],
];

/// Actions and resources.
type Actions = BTreeSet<(String, String)>;

/// What a policy allows on the tables and the secrets.
fn allowed(policy: &str) -> Actions {
    let permissions = template().policies()[policy].clone().into_iter();
    let permissions = permissions.filter(|permission| {
        ["dynamodb:", "secretsmanager:"].iter().any(|service| permission.action.starts_with(service))
    });
    let permissions = permissions.filter(|permission| !BY_DOCTOR.contains(&&*permission.action));
    permissions.map(|permission| (permission.action, permission.resource)).collect()
}

fn used(operator: &Operator) -> Actions {
    let calls = operator.latchkey.database.take_calls().into_iter();
    let calls = calls.filter(|call| call.caller.ends_with("Policy"));
    let actions = calls.flat_map(|call| call.actions()).map(|action| (action.name, action.resource));
    actions.filter(|(action, _)| !BY_DOCTOR.contains(&&**action)).collect()
}

/// Files for an import, and a newer one with another hash.
fn write_files(operator: &Operator) {
    for (name, hash) in [("users.ndjson", WEAK), ("newer.ndjson", BCRYPT)] {
        let row = json!({ "external_id": "1", "email": "grace@example.com", "password_hash": hash });
        let newer = json!({ "external_id": "1", "email": "grace@example.com", "email_verified": true,
            "password_hash": hash });
        write(operator, name, &(if hash == WEAK { row } else { newer }).to_string());
    }
}

#[tokio::test]
async fn an_operator_looks_and_stops_and_is_refused_all_else() {
    let operator = Operator::in_an_account("OperatorPolicy").await;
    let latchkey = &operator.latchkey;
    Client::signed_up(latchkey, "ada1").await;
    guess(latchkey, "ada1").await;
    latchkey.database.take_calls();
    for command in LOOK_AND_STOP.into_iter().chain(ROTATE) {
        let done = operator.run(command).await;
        assert!(done.err.starts_with("latchkey in us-east-1, account 123456789012\n"), "{done:?}");
        done.ok();
    }
    assert_eq!(used(&operator), allowed("OperatorPolicy"), "nothing is allowed that is not used");
    assert!(may_log_in(latchkey, "ada1").await);

    write_files(&operator);
    let before = latchkey.database.everything();
    for command in CHANGE.into_iter().chain(REPLACE) {
        let refused = operator.run(command).await;
        let is_named = command[1] == "rename" && command[2] == "ada2";
        assert_eq!(refused.code, if is_named { 3 } else { 1 }, "{command:?} {refused:?}");
        assert!(is_named || refused.err.contains("AccessDenied"), "{refused:?}");
    }
    assert_eq!(latchkey.database.everything(), before);
}

#[tokio::test]
async fn an_admin_does_everything() {
    let operator = Operator::in_an_account("AdminPolicy").await;
    let latchkey = &operator.latchkey;
    Client::signed_up(latchkey, "ada1").await;
    latchkey.database.take_calls();
    write_files(&operator);
    for command in LOOK_AND_STOP.into_iter().chain(CHANGE) {
        operator.run(command).await.ok();
    }
    let timing = ["import", "newer.ndjson", "--source", "new", "--yes"];
    let refused = operator.run(&timing).await;
    assert!(refused.code == 4 && refused.err.contains("set LoginFloorMilliseconds to "), "{refused:?}");
    // Rotations are under way, which must not bring the replaced keys back.
    let secrets = operator.account.as_ref().expect("an account");
    for secret in [secrets, &secrets.access_token_keys()] {
        secret
            .rotation_step("createSecret", "00000001-0000-4000-8000-000000000000", latchkey.now())
            .await
            .expect("a step");
    }
    let token_keys = secrets.access_token_keys();
    let stuck = token_keys.labelled("AWSPENDING").await;
    operator.run(&["keys", "rotate", "--restart", "--access-tokens"]).await.ok();
    assert!(stuck.is_some() && token_keys.labelled("AWSPENDING").await != stuck);
    let before = secrets.text().await;
    operator.run(REPLACE[0]).await.ok();
    let after = secrets.text().await;
    let keys: Map<String, Value> = serde_json::from_str(&after).expect("keys");
    assert!(keys.len() == 1 && KeySet::parse(&after).is_some() && after != before);
    assert_eq!(secrets.labelled("AWSPENDING").await, None);
    for command in REPLACE.into_iter().skip(1).chain(ROTATE) {
        operator.run(command).await.ok();
    }
    let printed = operator.run_on_a_terminal(&["user", "reset-link", "newcomer", "--print"]).await;
    assert!(printed.contains("https://app.example.com/reset?token="), "{printed}");
    let all = allowed("AdminPolicy").union(&allowed("OperatorPolicy")).cloned().collect();
    assert_eq!(used(&operator), all, "nothing is allowed that is not used");
}

#[tokio::test]
async fn no_operator_reads_a_hash_without_the_second_policy() {
    let operator = Operator::start().await;
    Client::signed_up(&operator.latchkey, "ada1").await;
    let identifier = Identifier::parse("ada1").expect("an identifier");
    for (policy, may) in [("OperatorPolicy", false), ("AdminPolicy", true)] {
        let mut variables = environment("login", operator.latchkey.database.endpoint());
        variables.insert("AWS_ACCESS_KEY_ID".to_owned(), policy.to_owned());
        let environment = Environment::new(variables);
        let client = store::client(&Aws::from_environment(&environment).expect("AWS"));
        let credentials = Credentials::new(&client, &environment).expect("a table");
        assert_eq!(credentials.get(&identifier).await.is_ok(), may, "{policy}");
        let inspector = Inspector::new(&client, &environment).expect("tables");
        assert!(inspector.find(&identifier).await.expect("a read").is_some(), "{policy}");
    }
}

#[tokio::test]
async fn a_stack_that_is_not_there_is_named() {
    let operator = Operator::in_an_account("OperatorPolicy").await;
    let missing = operator.run(&["--stack", "other", "user", "show", "ada1"]).await;
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(missing.err.contains("there is no stack other: choose --stack"), "{missing:?}");
}
