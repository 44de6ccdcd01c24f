//! Accounts whose items do not fit together, as after a restore of the tables, and held identifiers.

use serde_json::{Value, json};

use crate::harness::client::{account, credentials};
use crate::harness::command::Operator;
use crate::harness::{Client, Latchkey};
use crate::operator::users::{may_log_in, user, with_ada};

/// Deletes the credential of an identifier.
fn lose(latchkey: &Latchkey, identifier: &str) {
    latchkey.database.delete("CredentialsTable", &json!({ "identifier": { "S": identifier } }));
}

fn set(latchkey: &Latchkey, identifier: &str, attributes: &Value) {
    let key = json!({ "identifier": { "S": identifier } });
    latchkey.database.set("CredentialsTable", key, attributes);
}

#[tokio::test]
async fn a_missing_credential_is_made_again_with_the_password_of_the_other() {
    for lost in ["username#ada.l", "email#ada.l@example.com"] {
        let (operator, _) = with_ada().await;
        let latchkey = &operator.latchkey;
        lose(latchkey, lost);
        let refused = operator.run(&["user", "sign-out", "ada.l@example.com"]).await;
        assert!(refused.code == 3 || refused.code == 4, "{refused:?}");
        let id = user(latchkey)["user_id"]["S"].as_str().expect("an id").to_owned();
        let said = operator.run(&["user", "repair", &format!("id:{id}"), "--why", "ticket 4711"]).await.ok();
        assert!(said.contains(" is missing)"), "{said}");
        assert!(may_log_in(latchkey, "ada.l").await && may_log_in(latchkey, "ada.l@example.com").await);
        assert_eq!(user(latchkey)["changed_by"]["M"]["why"]["S"], "ticket 4711");
        assert!(operator.run(&["user", "repair", "ada.l"]).await.ok().contains("needs no repair"));
    }
}

#[tokio::test]
async fn without_any_credential_a_repair_leaves_no_password() {
    let (operator, _) = with_ada().await;
    let latchkey = &operator.latchkey;
    lose(latchkey, "username#ada.l");
    lose(latchkey, "email#ada.l@example.com");
    let id = user(latchkey)["user_id"]["S"].as_str().expect("an id").to_owned();
    let said = operator.run(&["user", "repair", &format!("id:{id}")]).await.ok();
    assert!(said.contains("There is no password"), "{said}");
    assert!(!may_log_in(latchkey, "ada.l").await);
}

#[tokio::test]
async fn no_command_and_no_reset_reaches_the_credential_of_another_user() {
    let (operator, _) = with_ada().await;
    let latchkey = &operator.latchkey;
    let mallory = user(latchkey);
    // Mallory's account was deleted, a victim has taken the free name, and a restore has brought Mallory back.
    operator.run(&["user", "delete", "ada.l", "--yes"]).await.ok();
    let victim = json!({
        "username": "ada.l",
        "email": "victim@example.com",
        "password": "correct horse battery",
    });
    assert_eq!(Client::program().post(latchkey, "/signup", &victim).await.status, 201);
    let id = mallory["user_id"].clone();
    let email = json!({
        "identifier": { "S": "email#ada.l@example.com" },
        "user_id": id,
        "epoch": mallory["epoch"],
    });
    latchkey.database.import("UsersTable", vec![mallory.clone()]);
    latchkey.database.import("CredentialsTable", vec![email]);
    let before = latchkey.database.everything();
    let who = format!("id:{}", id["S"].as_str().expect("an id"));
    for command in ["sign-out", "repair"] {
        let refused = operator.run(&["user", command, &who]).await;
        assert!(refused.code == 4 && refused.err.contains("belongs to the user"), "{refused:?}");
    }
    assert_eq!(latchkey.database.everything(), before);
    let shown = operator.run_on_a_terminal(&["user", "reset-link", &who, "--print"]).await;
    let (_, token) = shown.split_once("/reset?token=").expect("a link");
    let token = token.lines().next().expect("a line").trim_end();
    let fields = json!({ "token": token, "password": "another horse battery" });
    let reset = Client::program().post(latchkey, "/reset", &fields).await;
    assert!(reset.status >= 400, "{reset:?}");
    assert!(may_log_in(latchkey, "ada.l").await, "the victim still has the password");
    let again = json!({ "identifier": "ada.l", "password": "another horse battery" });
    assert_eq!(Client::program().post(latchkey, "/login", &again).await.status, 401);
    operator.run(&["user", "delete", &who, "--yes"]).await.ok();
    assert!(may_log_in(latchkey, "ada.l").await, "only Mallory is gone");
}

#[tokio::test]
async fn two_passwords_are_never_made_one_by_a_repair() {
    let (operator, _) = with_ada().await;
    let latchkey = &operator.latchkey;
    Client::signed_up(latchkey, "other").await;
    let items = latchkey.database.items("CredentialsTable");
    let of_other =
        items.iter().find(|item| item["identifier"]["S"] == "username#other").expect("a credential");
    set(
        latchkey,
        "username#ada.l",
        &json!({ "epoch": { "N": "7" }, "password_hash": of_other["password_hash"] }),
    );
    let refused = operator.run(&["user", "repair", "ada.l"]).await;
    assert!(refused.code == 4 && refused.err.contains("different passwords"), "{refused:?}");
}

#[tokio::test]
async fn a_user_who_has_deleted_the_account_is_left_alone() {
    let (operator, mut client) = with_ada().await;
    let latchkey = &operator.latchkey;
    operator.run(&["user", "verify-email", "ada.l", "--why", "seen"]).await.ok();
    assert_eq!(client.post(latchkey, "/profile/delete", &json!({ "username": "ada.l" })).await.status, 204);
    operator.run(&["user", "disable", "ada.l"]).await.ok();
    let shown = operator.run(&["user", "show", "ada.l"]).await.ok();
    assert!(shown.contains("status disabled, deleted until 20") && shown.contains(": sound"), "{shown}");
    for command in [
        &["user", "repair", "ada.l"][..],
        &["user", "rename", "ada.l", "countess"],
        &["user", "email", "ada.l", "new@example.com"],
        &["user", "role", "ada.l", "editor"],
        &["user", "verify-email", "ada.l"],
    ] {
        let refused = operator.run(command).await;
        assert!(refused.code == 4 && refused.err.contains("has deleted the account"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_held_identifier_is_freed_and_no_other() {
    let (operator, _) = with_ada().await;
    let latchkey = &operator.latchkey;
    operator.run(&["user", "rename", "ada.l", "countess"]).await.ok();
    assert_eq!(Client::program().post(latchkey, "/signup", &account("ada.l")).await.status, 409);
    let asked = operator.run(&["user", "release", "ada.l"]).await;
    assert!(asked.code == 2 && asked.err.contains("which is held for its last user"), "{asked:?}");
    assert_eq!(operator.run(&["user", "release", "absent", "--yes"]).await.code, 3);
    let owned = operator.run(&["user", "release", "countess", "--yes"]).await;
    assert!(owned.code == 4 && owned.err.contains("it belongs to the user id:"), "{owned:?}");
    operator.run(&["user", "release", "ADA.L", "--yes"]).await.ok();
    let free = json!({
        "username": "ada.l",
        "email": "other@example.com",
        "password": "correct horse battery",
    });
    assert_eq!(Client::program().post(latchkey, "/signup", &free).await.status, 201);
    assert_eq!(Client::program().post(latchkey, "/login", &credentials("countess")).await.status, 200);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_named_and_the_others_are_listed() {
    let operator = Operator::start().await;
    let latchkey = &operator.latchkey;
    Client::signed_up(latchkey, "ada1").await;
    let broken = json!({ "user_id": { "S": "Nf48yiBjydqZU0IVJVtESw" }, "version": { "S": "\u{1b}[2J" } });
    latchkey.database.import("UsersTable", vec![broken]);
    let listed = operator.run(&["user", "list", "--all"]).await;
    assert!(listed.code == 0 && listed.out.lines().count() == 1, "{listed:?}");
    assert!(listed.err.contains("id:Nf48yiBjydqZU0IVJVtESw is malformed"), "{listed:?}");
    let counted = operator.run(&["--json", "stats", "--exact"]).await;
    assert!(counted.err.contains("is malformed, and not counted"), "{counted:?}");
    assert_eq!(counted.json()["users"], 1);
}

#[tokio::test]
async fn a_dry_run_says_that_nothing_was_written() {
    let (operator, _) = with_ada().await;
    let before = operator.latchkey.database.everything();
    let said = operator.run(&["user", "disable", "ada.l", "--dry-run"]).await.ok();
    assert!(said.starts_with("Nothing was written. Without --dry-run: Ada.L is disabled."), "{said}");
    let json = operator.run(&["--json", "user", "disable", "ada.l", "--dry-run"]).await.json();
    assert_eq!((&json["dry_run"], &json["status"]), (&json!(true), &json!("disabled")));
    assert_eq!(operator.latchkey.database.everything(), before);
}

#[tokio::test]
async fn a_password_is_one_line() {
    let operator = Operator::start().await;
    let create = ["user", "create", "--email", "e@example.com", "--username", "evelyn", "--password-stdin"];
    let refused = operator.run_with(&create, "a very fine phrase\nand a second\n").await;
    assert!(refused.code == 2 && refused.err.contains("more than one line"), "{refused:?}");
}
