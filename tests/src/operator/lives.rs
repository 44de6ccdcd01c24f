//! The beginning and the end of a user by an operator, and the link in between.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::command::Operator;
use crate::harness::{Client, soak};
use crate::operator::users::{guess, may_log_in, with_ada};

#[tokio::test]
async fn a_created_user_logs_in_with_the_password_of_standard_input_or_by_the_link_of_a_mail() {
    let operator = Operator::start().await;
    let latchkey = &operator.latchkey;
    let create = ["user", "create", "--email", "evelyn@example.com", "--username", "evelyn"];
    let all = |more: &[&'static str]| [&create[..], more].concat();
    assert_eq!(operator.run(&create).await.code, 2, "one of three ways to a password");
    let weak = operator.run_with(&all(&["--password-stdin"]), "password\n").await;
    assert_eq!((weak.code, latchkey.database.counts().0), (2, 0), "{weak:?}");
    operator.run_with(&all(&["--password-stdin", "--role", "editor"]), "correct horse battery\n").await.ok();
    assert!(may_log_in(latchkey, "evelyn@example.com").await);
    let taken = operator.run(&all(&["--no-password"])).await;
    assert_eq!(taken.code, 4, "{taken:?}");

    let invited = ["user", "create", "--email", "bobby@example.com", "--username", "bobby", "--invite"];
    operator.run(&invited).await.ok();
    assert!(!may_log_in(latchkey, "bobby").await, "there is no password");
    let link = operator.run(&["user", "reset-link", "bobby", "--print"]).await;
    assert_eq!((link.code, link.out.as_str()), (2, ""), "no link without a terminal");
    operator.run(&["user", "reset-link", "bobby", "--send"]).await.ok();
    let mails = latchkey.database.items("MailsTable").into_iter();
    assert_eq!(mails.filter(|mail| mail["kind"]["S"] == "reset_password").count(), 2);
}

#[tokio::test]
async fn a_link_on_a_terminal_gives_the_user_a_new_password() {
    let (operator, client) = with_ada().await;
    let shown = operator.run_on_a_terminal(&["user", "reset-link", "ada.l", "--print", "--hours", "2"]).await;
    let (_, token) = shown.split_once("http://127.0.0.1:9000/reset?token=").expect("a link");
    let token = token.lines().next().expect("a line").trim_end();
    let fields = json!({ "token": token, "password": "another horse battery" });
    let reset = Client::program().post(&operator.latchkey, "/reset", &fields).await;
    assert_eq!(reset.status, 204, "{reset:?}");
    assert!(!client.is_signed_in(&operator.latchkey).await);
    let shown = operator.run_on_a_terminal(&["user", "show", "ada.l"]).await;
    assert!(shown.contains("\u{1b}[1mAda.L\u{1b}[0m"), "the name is bold on a terminal: {shown:?}");
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing_and_is_asked_for() {
    let (operator, client) = with_ada().await;
    let latchkey = &operator.latchkey;
    guess(latchkey, "ada.l").await;
    let before = latchkey.database.everything();
    let asked = operator.run(&["user", "delete", "ada.l"]).await;
    assert_eq!(asked.code, 2, "{asked:?}");
    assert!(
        asked.out.is_empty() && asked.err.contains("There is no terminal on which to ask you: add --yes"),
        "{asked:?}"
    );
    let dry = operator.run(&["--dry-run", "user", "delete", "ada.l"]).await;
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(dry.err.contains("would Delete UsersTable user_id="), "{dry:?}");
    assert!(!dry.err.contains("$argon2"), "{dry:?}");
    assert_eq!(latchkey.database.everything(), before, "nothing is written");
    operator.run(&["user", "delete", "ada.l", "--yes"]).await.ok();
    assert!(!client.is_signed_in(latchkey).await);
    let counters = latchkey.database.items("LimitsTable").into_iter();
    assert_eq!(counters.filter(|item| item.get("failures").is_some()).count(), 0);
    assert_eq!(latchkey.database.counts(), (0, 0, 0));
}

#[tokio::test]
async fn a_deletion_killed_at_any_moment_and_run_again_leaves_nothing_of_the_user() {
    let (operator, client) = with_ada().await;
    let latchkey = &operator.latchkey;
    let whole = latchkey.database.counts();
    let rounds = soak(8, 100);
    let (mut killed, mut halfway) = (0, 0);
    for round in 0..rounds {
        let name = format!("user{round}");
        let user = Client::signed_up(latchkey, &name).await;
        assert!(may_log_in(latchkey, &name).await);
        let delete = ["user", "delete", &*name, "--yes"];
        let delay = Duration::from_micros(u64::try_from(4_000 + 700 * (7 * round % 25)).expect("a delay"));
        let is_killed = operator.kill_after(&delete, delay).await;
        killed += usize::from(is_killed);
        // A user is whole, or not there.
        let (users, credentials, _) = latchkey.database.counts();
        assert_eq!(credentials, 2 * users, "round {round}");
        let is_disabled = |user: &Value| user["status"]["S"] == "disabled";
        halfway += usize::from(latchkey.database.items("UsersTable").iter().any(is_disabled));
        let done = operator.run(&delete).await;
        assert!(done.code == 0 || done.code == 3 && users == 1, "round {round}: {done:?}");
        assert_eq!(latchkey.database.counts(), whole, "round {round}: nothing is left, and Ada is");
        assert!(!user.is_signed_in(latchkey).await);
    }
    assert!(client.is_signed_in(latchkey).await);
    println!("{killed} of {rounds} were killed before their end, {halfway} after they had disabled the user");
    assert!(killed > rounds / 4, "{killed} of {rounds} were killed before their end");
}
