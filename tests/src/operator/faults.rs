//! The operator's command, stopped at each of its calls and run again.

use serde_json::json;

use crate::harness::Client;
use crate::harness::Fault;
use crate::harness::client::credentials;
use crate::harness::command::Operator;
use crate::operator::imports::{BCRYPT, WEAK, write};

/// Commands, each with the state that it leads to.
const COMMANDS: [&[&str]; 11] = [
    &["user", "disable", "ada1"],
    &["user", "sign-out", "ada1"],
    &["user", "unlock", "ada1"],
    &["user", "role", "ada1", "editor"],
    &["user", "verify-email", "ada1"],
    &["user", "delete", "ada1", "--yes"],
    &["user", "email", "ada1", "new@example.com"],
    &["user", "rename", "ada1", "ada2"],
    &["user", "attributes", "ada1", r#"{"plan":"pro"}"#],
    &["user", "create", "--email", "new@example.com", "--username", "newcomer", "--no-password"],
    &["user", "reset-link", "ada1", "--send"],
];

/// Commands about many users, each after an import of `users.ndjson` or without one.
const OF_MANY: [(bool, &[&str]); 3] = [
    (false, &["import", "users.ndjson", "--source", "old", "--yes"]),
    (true, &["import", "newer.ndjson", "--source", "old", "--again", "--yes"]),
    (true, &["password", "retire", "--imported-before", "2999-01-01", "--yes"]),
];

/// Whether every account is whole: each user has two credentials of its epoch, and each credential its user.
fn check(operator: &Operator) {
    let database = &operator.latchkey.database;
    let users = database.items("UsersTable");
    let credentials = database.items("CredentialsTable");
    let held = credentials.iter().filter(|item| item.get("held_until").is_some()).count();
    // A deletion that is stopped leaves a disabled user with both credentials.
    assert_eq!(credentials.len() - held, 2 * users.len(), "{users:?} {credentials:?}");
}

/// A stack with Ada, who is logged in, and perhaps with users of an import.
async fn stack(is_imported: bool) -> Operator {
    let operator = Operator::start().await;
    Client::signed_up(&operator.latchkey, "ada1").await;
    for (name, hash) in [("users.ndjson", WEAK), ("newer.ndjson", BCRYPT)] {
        let rows = ["grace", "carol"].map(|user| {
            json!({ "external_id": user, "email": format!("{user}@example.com"), "username": user,
                "email_verified": name == "newer.ndjson", "password_hash": hash })
        });
        write(&operator, name, &rows.map(|row| row.to_string()).join("\n"));
    }
    if is_imported {
        operator.run(OF_MANY[0].1).await.ok();
    }
    operator
}

#[tokio::test]
async fn stopped_at_any_call_and_run_again_nothing_is_half_done() {
    let of_one = COMMANDS.into_iter().map(|command| (false, command));
    for (is_imported, command) in of_one.chain(OF_MANY) {
        let operations = {
            let operator = stack(is_imported).await;
            operator.latchkey.database.take_calls();
            operator.run(command).await.ok();
            operator.latchkey.database.take_operations()
        };
        for operation in operations {
            let operation: &'static str = operation.leak();
            for fault in [
                Fault::Refused(400, json!({ "__type": "AccessDeniedException", "message": "no" })),
                Fault::AppliedAndBroken,
            ] {
                let operator = stack(is_imported).await;
                let latchkey = &operator.latchkey;
                Client::program().post(latchkey, "/login", &credentials("ada1")).await;
                latchkey.database.fail_next(operation, fault.clone());
                let first = operator.run(command).await;
                check(&operator);
                latchkey.database.clear_faults();
                let again = operator.run(command).await;
                // What is done already is not there any more, or taken.
                let is_done = again.code == 0 || first.code == 0 && [3, 4].contains(&again.code);
                let is_same = command[1] == "email" && again.err.contains("this address already");
                assert!(is_done || is_same, "{command:?} {operation} {fault:?}: {first:?} {again:?}");
                check(&operator);
            }
        }
    }
}

#[tokio::test]
async fn an_import_waits_while_the_table_has_no_room() {
    let operator = stack(false).await;
    for _ in 0..6 {
        let fault = Fault::cancelled(&["None", "ThrottlingError", "TransactionConflict"]);
        operator.latchkey.database.fail_next("TransactWriteItems", fault);
    }
    operator.run(OF_MANY[0].1).await.ok();
    check(&operator);
    assert_eq!(operator.latchkey.database.items("UsersTable").len(), 3);
}
