//! What fails on the way of a mail: it is sent later, or lost with a word in the log.

use serde_json::json;

use crate::functions::mailer::{key, outcomes, signed_up, stored};
use crate::harness::log_entries::LogEntries;
use crate::harness::{Client, Fault};

#[tokio::test]
async fn no_mail_is_lost_while_ses_is_down_however_long() {
    let (latchkey, mut post) = signed_up(&[]).await;
    let log = LogEntries::collect();
    let records = post.records();
    let again =
        json!({ "batchItemFailures": [{ "itemIdentifier": records[0]["dynamodb"]["SequenceNumber"] }] });
    // The last number is how often the SDK tries in one call.
    for (status, code, tries) in [
        (429, "TooManyRequestsException", 3),
        (400, "LimitExceededException", 3),
        (400, "SendingPausedException", 1),
        (400, "AccountSuspendedException", 1),
        (400, "MailFromDomainNotVerifiedException", 1),
        (404, "NotFoundException", 1),
        (403, "AccessDeniedException", 1),
        (500, "InternalFailure", 3),
        (503, "ServiceUnavailable", 3),
    ] {
        post.fail_next(status, code, tries).await;
        assert_eq!(post.invoke(&latchkey, &records).await, again, "{code}");
        assert_eq!(latchkey.database.items("MailsTable").len(), 1, "{code}");
        assert_eq!(outcomes(&log), [("again".to_owned(), false)]);
    }
    post.invoke(&latchkey, &records).await;
    assert_eq!(post.take().await.len(), 1, "the failures did not use up what the user may get");
}

#[tokio::test]
async fn a_mail_that_ses_never_takes_is_lost_and_does_not_hold_up_others() {
    let (latchkey, mut post) = signed_up(&[]).await;
    Client::signed_up(&latchkey, "bob1").await;
    let records = post.records();
    for code in ["MessageRejected", "BadRequestException"] {
        let log = LogEntries::collect();
        post.fail_next(400, code, 1).await;
        let report = post.invoke(&latchkey, &records[..1]).await;
        assert_eq!(report, json!({ "batchItemFailures": [] }));
        assert_eq!(outcomes(&log), [("lost".to_owned(), true)], "{code}");
        assert!(
            !latchkey
                .database
                .items("MailsTable")
                .iter()
                .any(|item| item["mail_id"] == key(&records[0])["mail_id"])
        );
        // It comes back for the other code.
        latchkey.database.set("MailsTable", key(&records[0]), &stored(&latchkey));
    }
    post.invoke(&latchkey, &records[1..]).await;
    assert_eq!(post.take().await.len(), 1);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_does_not_hold_up_others() {
    let (latchkey, mut post) = signed_up(&[]).await;
    let records = post.records();
    for attributes in [json!({ "kind": { "S": "of_a_later_version" } }), json!({ "made_at": { "S": "x" } })] {
        let log = LogEntries::collect();
        let mail = stored(&latchkey);
        latchkey.database.set("MailsTable", key(&records[0]), &attributes);
        assert_eq!(post.invoke(&latchkey, &records).await, json!({ "batchItemFailures": [] }));
        assert_eq!(outcomes(&log), [("lost".to_owned(), true)], "{attributes}");
        assert!(latchkey.database.items("MailsTable").is_empty());
        latchkey.database.set("MailsTable", key(&records[0]), &mail);
    }
}

#[tokio::test]
async fn a_database_that_fails_delays_a_mail_and_loses_none() {
    let (latchkey, mut post) = signed_up(&[]).await;
    let records = post.records();
    for operation in ["GetItem mails", "GetItem users", "take slot", "PutItem proofs"] {
        latchkey.database.fail_always(operation, Fault::error(500, "InternalServerError"));
        for _ in 0..10 {
            let report = post.invoke(&latchkey, &records).await;
            assert_eq!(report["batchItemFailures"].as_array().map(Vec::len), Some(1), "{operation}");
        }
        assert_eq!(latchkey.database.items("MailsTable").len(), 1);
        latchkey.database.clear_faults();
    }
    latchkey.database.fail_always("DeleteItem mails", Fault::error(500, "InternalServerError"));
    assert_eq!(post.invoke(&latchkey, &records).await, json!({ "batchItemFailures": [] }));
    assert_eq!(post.take().await.len(), 1, "a mail that was sent is not sent again");
}

#[tokio::test]
async fn a_mail_that_only_ever_meets_a_fault_does_not_hold_up_others_for_more_than_an_hour() {
    let (latchkey, mut post) = signed_up(&[]).await;
    let records = post.records();
    let user = latchkey.database.items("UsersTable").remove(0);
    let key = json!({ "user_id": user["user_id"] });
    latchkey.database.set("UsersTable", key.clone(), &json!({ "epoch": { "S": "x" } }));
    let log = LogEntries::collect();
    for (seconds, failures) in [(0, 1), (3_599, 1), (1, 0)] {
        latchkey.pass(seconds);
        let report = post.invoke(&latchkey, &records).await;
        assert_eq!(report["batchItemFailures"].as_array().map(Vec::len), Some(failures), "{seconds}");
    }
    assert_eq!(outcomes(&log).pop(), Some(("lost".to_owned(), true)));
    assert!(latchkey.database.items("MailsTable").is_empty());
}

#[tokio::test]
async fn an_error_of_ses_that_no_one_knows_is_final_and_its_message_is_not_logged() {
    let (latchkey, mut post) = signed_up(&[]).await;
    let records = post.records();
    let log = LogEntries::collect();
    post.fail_next(400, "SomethingNewException", 1).await;
    post.invoke(&latchkey, &records).await;
    let text = log.take_text();
    assert!(text.contains("SomethingNewException (HTTP 400)") && text.contains("\"lost\""), "{text}");
    assert!(!text.contains("asked for by /next"), "the message may name the address: {text}");
}

#[tokio::test]
async fn an_hour_without_ses_changes_no_response_and_neither_loses_nor_doubles_a_mail() {
    let (latchkey, mut post) = signed_up(&[]).await;
    // Each of three mails is tried every five minutes. The SDK does not try again after this error.
    post.fail_next(400, "SendingPausedException", 11 * 3).await;
    Client::signed_up(&latchkey, "bob1").await;
    let asked = Client::program().post(&latchkey, "/forgot", &json!({ "identifier": "bob1" })).await;
    assert_eq!(asked.status, 202);
    let records = post.records();
    for _ in 0..11 {
        let report = post.invoke(&latchkey, &records).await;
        assert_eq!(report["batchItemFailures"].as_array().map(Vec::len), Some(3));
        latchkey.pass(300);
    }
    assert!(post.take().await.is_empty());
    for _ in 0..2 {
        assert_eq!(post.invoke(&latchkey, &records).await, json!({ "batchItemFailures": [] }));
    }
    let mails = post.take().await;
    let mut kinds: Vec<_> = mails.iter().map(|mail| mail["kind"].as_str().expect("a kind")).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["confirm_email", "confirm_email", "reset_password"]);
}
