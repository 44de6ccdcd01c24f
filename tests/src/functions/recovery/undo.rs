//! An account that its owner takes back by the link of a mail.

use serde_json::json;

use crate::functions::account::{delete, rename};
use crate::functions::email::change::{OTHER, ask, changed, log_in, open};
use crate::functions::recovery::{NEW, confirmed, confirmed_with};
use crate::harness::client::PASSWORD;
use crate::harness::mail::{of_kind, token};
use crate::harness::{Client, Fault, Latchkey, Response};

const DAY: i64 = 86_400;

pub(crate) async fn undo(latchkey: &Latchkey, token: &str, password: &str) -> Response {
    let fields = json!({ "token": token, "password": password });
    Client::program().moved().post(latchkey, "/undo", &fields).await
}

/// What a thief of the account does after the change of the address, and what the owner then does with the link.
#[tokio::test]
async fn the_owner_of_the_former_address_gets_the_account_back_whatever_the_thief_has_done() {
    for moves in 0..16_u8 {
        let (latchkey, mut post, mut thief) = confirmed_with(&[], "ada1").await;
        let link = changed(&latchkey, &mut post, &mut thief, "thief@example.org").await;
        let mut username = "ada1";
        if moves & 1 != 0 {
            let fields = json!({ "current_password": PASSWORD, "password": NEW });
            assert_eq!(thief.post(&latchkey, "/profile/password", &fields).await.status, 200);
        }
        if moves & 2 != 0 {
            username = "mallory";
            assert_eq!(rename(&mut thief, &latchkey, username).await.status, 200);
        }
        if moves & 4 != 0 {
            assert_eq!(thief.post(&latchkey, "/profile/sessions/end-others", &json!({})).await.status, 204);
        }
        if moves & 8 != 0 {
            assert_eq!(delete(&mut thief, &latchkey, username).await.status, 204);
        }
        let of_thief = post.deliver(&latchkey).await;
        latchkey.pass(7 * DAY - 60);
        let response = undo(&latchkey, &link, "the owner's new one").await;
        assert_eq!(response.status, 204, "{moves}: {response:?}");
        assert!(!thief.is_signed_in(&latchkey).await);
        for identifier in ["ada1@example.com", username] {
            assert_eq!(
                log_in(&latchkey, identifier, "the owner's new one").await,
                200,
                "{moves} {identifier}"
            );
            assert_eq!(log_in(&latchkey, identifier, PASSWORD).await, 401, "{moves} {identifier}");
        }
        assert_eq!(log_in(&latchkey, "thief@example.org", NEW).await, 401, "{moves}");
        // No link of the thief does anything.
        for mail in of_thief.iter().filter(|mail| mail["to"] == "thief@example.org") {
            if mail["text"].as_str().expect("text").contains("token=") {
                assert_eq!(
                    undo(&latchkey, &token(mail), NEW).await.code(),
                    "link_expired",
                    "{moves}: {mail}"
                );
            }
        }
        assert_eq!(undo(&latchkey, &link, NEW).await.code(), "link_expired", "once");
        let user = latchkey.database.items("UsersTable").remove(0);
        assert_eq!(user["email"]["S"], "ada1@example.com");
        assert_eq!((user.get("erase_at"), user.get("email_changed_at")), (None, None));
        assert_eq!(latchkey.database.items("CredentialsTable").len(), 2 + usize::from(moves & 2 != 0));
    }
}

#[tokio::test]
async fn an_undo_comes_too_late_after_seven_days_and_does_not_bring_back_whom_an_operator_disabled() {
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    let link = changed(&latchkey, &mut post, &mut client, OTHER).await;
    let key = json!({ "user_id": latchkey.database.items("UsersTable")[0]["user_id"] });
    let set = |status: &str| {
        latchkey.database.set("UsersTable", key.clone(), &json!({ "status": { "S": status } }));
    };
    set("disabled");
    assert_eq!(undo(&latchkey, &link, NEW).await.code(), "link_expired");
    set("active");
    latchkey.pass(7 * DAY);
    assert_eq!(undo(&latchkey, &link, NEW).await.code(), "link_expired");
    assert_eq!(log_in(&latchkey, OTHER, PASSWORD).await, 200);
}

#[tokio::test]
async fn a_mail_that_waited_while_the_user_was_locked_out_has_a_link_that_works_afterwards() {
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    ask(&mut client, &latchkey, OTHER).await;
    let proof = token(of_kind(&post.deliver(&latchkey).await, "confirm_new_email"));
    assert_eq!(open(&mut client, &latchkey, &proof).await.status, 200);
    let key = json!({ "user_id": latchkey.database.items("UsersTable")[0]["user_id"] });
    let set = |status: &str| {
        latchkey.database.set("UsersTable", key.clone(), &json!({ "status": { "S": status } }));
    };
    set("disabled");
    let link = token(of_kind(&post.deliver(&latchkey).await, "email_changed"));
    assert_eq!(undo(&latchkey, &link, NEW).await.code(), "link_expired");
    set("active");
    assert_eq!(undo(&latchkey, &link, NEW).await.status, 204);
}

#[tokio::test]
async fn the_restored_address_is_no_new_password() {
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    let link = changed(&latchkey, &mut post, &mut client, OTHER).await;
    for password in ["ada1@example.com", "ADA1@example.com", "Ada@example.org"] {
        let refused = undo(&latchkey, &link, password).await;
        assert_eq!(refused.field_errors(), [("password".to_owned(), "common".to_owned())], "{password}");
    }
    assert_eq!(undo(&latchkey, &link, NEW).await.status, 204, "the link still works");
}

#[tokio::test]
async fn a_mail_that_was_sent_twice_undoes_a_change_once() {
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    ask(&mut client, &latchkey, OTHER).await;
    let proof = token(of_kind(&post.deliver(&latchkey).await, "confirm_new_email"));
    assert_eq!(open(&mut client, &latchkey, &proof).await.status, 200);
    let records = post.records();
    latchkey.database.fail_always("DeleteItem mails", Fault::error(400, "AccessDeniedException"));
    post.invoke(&latchkey, &records).await;
    latchkey.database.clear_faults();
    post.invoke(&latchkey, &records).await;
    let mails = post.take().await;
    let links: Vec<String> = mails.iter().map(token).collect();
    let [first, second] = &links[..] else { panic!("two: {mails:?}") };
    assert_eq!(undo(&latchkey, first, NEW).await.status, 204);
    assert_eq!(undo(&latchkey, second, NEW).await.code(), "link_expired");
}
