//! The commands about users: what they print, and what they do to the tables and to the users.

use serde_json::{Value, json};

use crate::harness::client::credentials;
use crate::harness::command::Operator;
use crate::harness::{Client, Latchkey};
use crate::rules::limiter::wrong;

/// An operator, and a user who is logged in.
pub async fn with_ada() -> (Operator, Client) {
    let operator = Operator::start().await;
    let client = Client::signed_up(&operator.latchkey, "Ada.L").await;
    (operator, client)
}

pub fn user(latchkey: &Latchkey) -> Value {
    latchkey.database.items("UsersTable").pop().expect("a user")
}

pub async fn guess(latchkey: &Latchkey, identifier: &str) {
    assert_eq!(Client::program().moved().post(latchkey, "/login", &wrong(identifier)).await.status, 401);
}

pub async fn may_log_in(latchkey: &Latchkey, identifier: &str) -> bool {
    Client::program().post(latchkey, "/login", &credentials(identifier)).await.status == 200
}

#[tokio::test]
async fn show_finds_a_user_by_any_name_and_takes_at_most_four_calls() {
    let (operator, _) = with_ada().await;
    guess(&operator.latchkey, "ada.l").await;
    let id = user(&operator.latchkey)["user_id"]["S"].as_str().expect("an id").to_owned();
    operator.latchkey.database.take_calls();
    for who in ["ada.l", " ADA.L", "ada.l@example.com", &format!("id:{id}")] {
        let shown = operator.run(&["user", "show", who]).await;
        assert_eq!(shown.err, "latchkey of `make dev` at http://127.0.0.1:9000\n");
        let calls = operator.latchkey.database.take_calls().len();
        assert!(calls <= 4, "{calls} calls");
        let text = shown.ok();
        for part in [
            "Ada.L <Ada.L@example.com>, not verified",
            &*id,
            "role user   status active",
            "sessions  1 active",
            "username 1 of 10 free",
            "email none",
            "version 0, epoch 0: sound",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains('\u{1b}'), "no colour without a terminal");
    }
    let json = operator.run(&["--json", "user", "show", "ada.l"]).await.json();
    assert_eq!(json["user"]["username"], "Ada.L");
    assert_eq!(json["user"]["status"], "active");
    assert_eq!(json["failures"]["username"]["failures"], 1);
    assert_eq!((&json["findings"], &json["sessions"][1]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn who_is_not_there_and_what_names_no_one_have_exit_codes_of_their_own() {
    let (operator, _) = with_ada().await;
    for (who, code) in [("ada", 3), ("ada.l@", 3), ("nobody@example.com", 3), ("", 2), ("id:x", 2), ("*", 3)]
    {
        let shown = operator.run(&["user", "delete", who, "--yes"]).await;
        assert_eq!(shown.code, code, "{who}: {shown:?}");
        assert!(shown.out.is_empty() && shown.err.lines().count() == 2, "{shown:?}");
    }
    let error = operator.run(&["--json", "user", "show", "ada"]).await;
    let line: Value = serde_json::from_str(error.err.lines().nth(1).expect("a line")).expect("JSON");
    assert_eq!(line["code"], "not_found");
    assert_eq!(operator.run(&["user", "frobnicate"]).await.code, 2);
    assert_eq!(user(&operator.latchkey)["version"]["N"], "0");
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_in_again_after_it() {
    let (operator, client) = with_ada().await;
    let latchkey = &operator.latchkey;
    let said = operator.run(&["user", "disable", "ada.l", "--why", "chargeback 4711"]).await.ok();
    assert!(said.starts_with("Ada.L is disabled."), "{said}");
    assert!(!client.is_signed_in(latchkey).await && !may_log_in(latchkey, "ada.l").await);
    let item = user(latchkey);
    assert_eq!((&item["status"]["S"], &item["version"]["N"]), (&json!("disabled"), &json!("1")));
    let changed = &item["changed_by"]["M"];
    assert_eq!((&changed["who"]["S"], &changed["why"]["S"]), (&json!("local"), &json!("chargeback 4711")));
    assert!(operator.run(&["user", "disable", "ada.l"]).await.ok().contains("already"));
    operator.run(&["user", "enable", "ada.l"]).await.ok();
    assert!(client.is_signed_in(latchkey).await && may_log_in(latchkey, "ada.l").await);
}

#[tokio::test]
async fn signing_out_ends_every_session_and_forgets_every_device() {
    let (operator, client) = with_ada().await;
    let latchkey = &operator.latchkey;
    let other = Client::signed_up(latchkey, "bobby").await;
    for _ in 0..30 {
        Client::program().post(latchkey, "/login", &credentials("ada.l")).await;
    }
    let id = operator.run(&["--json", "user", "show", "ada.l"]).await.json();
    let id = id["sessions"][0]["id"].as_str().expect("an id").to_owned();
    operator.run(&["user", "sign-out", "ada.l", "--session", &id[..12]]).await.ok();
    assert_eq!(operator.run(&["user", "sign-out", "ada.l", "--session", &id]).await.code, 3);
    assert_eq!(latchkey.database.items("SessionsTable").len(), 31);
    operator.run(&["user", "sign-out", "ada.l"]).await.ok();
    assert!(!client.is_signed_in(latchkey).await && other.is_signed_in(latchkey).await);
    assert_eq!(latchkey.database.items("SessionsTable").len(), 1, "that of the other user");
    assert!(may_log_in(latchkey, "ada.l").await, "all three items have the new epoch");
}

#[tokio::test]
async fn unlocking_gives_the_guesses_back() {
    let (operator, _) = with_ada().await;
    let latchkey = &operator.latchkey;
    for _ in 0..10 {
        guess(latchkey, "ada.l").await;
    }
    assert!(!may_log_in(latchkey, "ada.l").await);
    assert!(operator.run(&["user", "show", "ada.l"]).await.ok().contains("username 10, refused for"));
    let said = operator.run(&["user", "unlock", "ada.l"]).await.ok();
    assert!(said.contains("had 10 wrong passwords with the username and 0 with the email"), "{said}");
    assert!(may_log_in(latchkey, "ada.l").await);
}

#[tokio::test]
async fn a_role_is_changed_and_an_admin_is_asked_for() {
    let (operator, mut client) = with_ada().await;
    operator.run(&["user", "role", "ada.l", "editor"]).await.ok();
    assert_eq!(client.get(&operator.latchkey, "/profile").await.json()["user"]["role"], "editor");
    let asked = operator.run(&["user", "role", "ada.l", "admin"]).await;
    assert_eq!(asked.code, 2);
    assert!(asked.err.contains("NOT confirmed") && asked.err.contains("--yes"), "{asked:?}");
    assert_eq!(user(&operator.latchkey)["role"]["S"], "editor");
    operator.run(&["user", "role", "ada.l", "admin", "--yes"]).await.ok();
    assert_eq!(user(&operator.latchkey)["role"]["S"], "admin");
    for role in ["", "Admin", "a b", "ä", &"a".repeat(33)] {
        assert_eq!(operator.run(&["user", "role", "ada.l", role, "--yes"]).await.code, 2, "{role}");
    }
}

#[tokio::test]
async fn a_new_username_and_a_new_address_log_in_and_the_former_ones_do_not() {
    let (operator, client) = with_ada().await;
    let latchkey = &operator.latchkey;
    Client::signed_up(latchkey, "bobby").await;
    let taken = operator.run(&["user", "rename", "ada.l", "bobby"]).await;
    assert_eq!((taken.code, taken.err.contains("another user has it")), (4, true), "{taken:?}");
    let said = operator.run(&["user", "rename", "ada.l", "Countess"]).await.ok();
    assert!(said.starts_with("Countess was Ada.L."), "{said}");
    let taken = operator.run(&["user", "email", "countess", "bobby@example.com"]).await;
    assert_eq!(taken.code, 4, "{taken:?}");
    operator.run(&["user", "email", "countess", "countess@example.com", "--verified"]).await.ok();
    assert!(client.is_signed_in(latchkey).await, "no one is logged out");
    for (identifier, may) in
        [("countess", true), ("countess@example.com", true), ("ada.l", false), ("ada.l@example.com", false)]
    {
        assert_eq!(may_log_in(latchkey, identifier).await, may, "{identifier}");
    }
    let json = operator.run(&["--json", "user", "show", "countess"]).await.json();
    assert_eq!((&json["user"]["email_verified"], &json["findings"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn an_operator_vouches_for_an_address() {
    let (operator, _) = with_ada().await;
    operator.run(&["user", "verify-email", "ada.l"]).await.ok();
    assert!(user(&operator.latchkey)["email_verified_at"]["N"].is_string());
    assert!(operator.run(&["user", "verify-email", "ada.l"]).await.ok().contains("already"));
}

#[tokio::test]
async fn an_account_of_several_epochs_is_found_and_repaired() {
    let (operator, _) = with_ada().await;
    let latchkey = &operator.latchkey;
    let key = json!({ "identifier": { "S": "username#ada.l" } });
    latchkey.database.set("CredentialsTable", key, &json!({ "epoch": { "N": "99999999999" } }));
    assert!(!may_log_in(latchkey, "ada.l").await);
    let shown = operator.run(&["user", "show", "ada.l"]).await.ok();
    assert!(shown.contains("the username has the epoch 99999999999"), "{shown}");
    operator.run(&["user", "repair", "ada.l"]).await.ok();
    assert!(may_log_in(latchkey, "ada.l").await && may_log_in(latchkey, "ada.l@example.com").await);
    assert!(operator.run(&["user", "repair", "ada.l"]).await.ok().contains("needs no repair"));
}

#[tokio::test]
async fn what_a_client_has_chosen_commands_no_terminal_and_breaks_no_line() {
    let (operator, _) = with_ada().await;
    let latchkey = &operator.latchkey;
    let hostile = "x\u{1b}[2J\u{9b}31m\r\nname root\u{202e}\u{200b}";
    let session = latchkey.database.session_key();
    latchkey.database.set("SessionsTable", session, &json!({ "user_agent": { "S": hostile } }));
    let key = json!({ "user_id": user(latchkey)["user_id"] });
    let long = "y".repeat(10_000);
    latchkey.database.set(
        "UsersTable",
        key,
        &json!({
            "name": { "S": hostile },
            "attributes": { "M": { "plan": { "S": "z".repeat(256) }, "long": { "S": long } } },
        }),
    );
    for arguments in [vec!["user", "show", "ada.l"], vec!["--json", "user", "show", "ada.l"]] {
        let shown = operator.run(&arguments).await.ok();
        let unprintable = |character: &char| character.is_control() && *character != '\n';
        assert_eq!(shown.chars().find(unprintable), None, "{shown:?}");
        assert!(!shown.contains(['\u{202e}', '\u{200b}', '\u{9b}']) && !shown.contains("\nname root"));
        assert!(shown.lines().all(|line| line.len() < 3_000), "{shown}");
    }
}
