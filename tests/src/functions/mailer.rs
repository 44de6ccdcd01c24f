//! The mailer.

mod failures;

use serde_json::{Value, json};

use crate::harness::client::account;
use crate::harness::log_entries::LogEntries;
use crate::harness::mail::{OFF, token};
use crate::harness::{Client, Latchkey, Post};

/// A deployment in which mail is on, and a user has signed up.
async fn signed_up(variables: &[(&str, &str)]) -> (Latchkey, Post) {
    let latchkey = Latchkey::start().await;
    let post = Post::start(&latchkey.database, variables).await;
    let mut fields = account("Ada1");
    fields["name"] = json!("Ada Lovelace");
    let response = Client::program().post(&latchkey, "/signup", &fields).await;
    assert_eq!(response.status, 201, "{response:?}");
    (latchkey, post)
}

/// The outcomes in the log, each with the metric that counts it.
fn outcomes(log: &LogEntries) -> Vec<(String, bool)> {
    let entries = log.take().into_iter().filter(|entry| entry["message"] == "mail");
    let metric =
        |entry: &Value| ["MailsSent", "MailsLost", "MailsCapped"].iter().any(|name| entry[name] == 1);
    entries.map(|entry| (entry["outcome"].as_str().expect("text").to_owned(), metric(&entry))).collect()
}

fn key(record: &Value) -> Value {
    record["dynamodb"]["Keys"].clone()
}

#[tokio::test]
async fn a_sign_up_asks_the_address_and_the_link_is_nowhere_but_in_the_mail() {
    let log = LogEntries::collect();
    let (latchkey, mut post) = signed_up(&[("SUPPORT_ADDRESS", "help@example.com")]).await;
    assert_eq!(latchkey.database.items("MailsTable").len(), 1);
    let mails = post.deliver(&latchkey).await;
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    assert_eq!(mail["to"], "Ada1@example.com");
    assert_eq!(mail["from"], "\"Latchkey\" <no-reply@example.com>");
    assert_eq!(mail["subject"], "Confirm your email address for Latchkey");
    let request = &mail["request"];
    assert_eq!(request["ReplyToAddresses"], json!(["help@example.com"]));
    assert_eq!(
        request["ConfigurationOverrides"]["Tracking"],
        json!({ "OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED" })
    );
    for part in ["text", "html"] {
        let text = mail[part].as_str().expect("text");
        assert!(text.contains("24 hours") && text.contains("help@example.com"), "{text}");
        assert!(text.contains("20 November 2026, 09:00 UTC by a program in the network 10."), "{text}");
        // The address may be that of someone else.
        assert!(!text.contains("Lovelace") && !text.contains("Ada1"), "nothing that anyone typed: {text}");
    }

    let token = token(mail);
    assert_eq!(token.len(), 43);
    let proofs = latchkey.database.items("ProofsTable");
    let [proof] = proofs.as_slice() else { panic!("one proof: {proofs:?}") };
    assert_eq!(
        (&proof["purpose"]["S"], &proof["email"]["S"]),
        (&json!("verify"), &json!("ada1@example.com"))
    );
    assert_eq!(proof["expires_at"]["N"], (latchkey.now() + 86_400).to_string());
    assert!(!proof.to_string().contains(&token));
    assert!(latchkey.database.items("MailsTable").is_empty());
    let text = log.take_text();
    assert!(
        text.contains("\"outcome\":\"sent\"") && !text.contains(&token) && !text.contains("ada1@"),
        "{text}"
    );
}

#[tokio::test]
async fn a_batch_that_comes_again_sends_nothing_again() {
    let (latchkey, mut post) = signed_up(&[]).await;
    let records = post.records();
    post.invoke(&latchkey, &records).await;
    assert_eq!(post.take().await.len(), 1);
    let log = LogEntries::collect();
    assert_eq!(post.invoke(&latchkey, &records).await, json!({ "batchItemFailures": [] }));
    assert!(post.take().await.is_empty());
    assert_eq!(outcomes(&log), [("dropped".to_owned(), false)]);
}

#[tokio::test]
async fn a_mail_that_is_no_longer_wanted_is_dropped() {
    let (latchkey, mut post) = signed_up(&[]).await;
    let records = post.records();
    let mail = stored(&latchkey);
    let user = latchkey.database.items("UsersTable").pop().expect("a user");
    let user_key = json!({ "user_id": user["user_id"] });
    let set = |attributes: &Value| latchkey.database.set("UsersTable", user_key.clone(), attributes);
    for attributes in [json!({ "status": { "S": "disabled" } }), json!({ "email_verified_at": { "N": "1" } })]
    {
        set(&attributes);
        post.invoke(&latchkey, &records).await;
        assert!(latchkey.database.items("MailsTable").is_empty(), "{attributes}");
        latchkey.database.delete("UsersTable", &user_key);
        set(&user);
        latchkey.database.set("MailsTable", key(&records[0]), &mail);
    }
    latchkey.database.delete("UsersTable", &user_key);
    post.invoke(&latchkey, &records).await;
    assert!(latchkey.database.items("MailsTable").is_empty(), "the user is gone");
    set(&user);
    latchkey.database.set("MailsTable", key(&records[0]), &mail);
    latchkey.pass(86_400);
    post.invoke(&latchkey, &records).await;
    assert!(post.take().await.is_empty());
    assert!(latchkey.database.items("ProofsTable").is_empty());
}

#[tokio::test]
async fn a_stranger_brings_about_few_mails_to_one_user() {
    for (variables, sent) in [(&[][..], [6, 6, 6, 4, 1]), (&[("MAILS_PER_ADDRESS_PER_HOUR", "0")], [10; 5])] {
        let (latchkey, mut post) = signed_up(variables).await;
        let record = post.records().remove(0);
        let mail = stored(&latchkey);
        for (hour, expected) in sent.into_iter().enumerate() {
            let log = LogEntries::collect();
            for _ in 0..10 {
                let mut fresh = mail.clone();
                fresh["expires_at"] = json!({ "N": (latchkey.now() + 60).to_string() });
                latchkey.database.set("MailsTable", key(&record), &fresh);
                post.invoke(&latchkey, std::slice::from_ref(&record)).await;
            }
            assert_eq!(post.take().await.len(), expected, "hour {hour}");
            let capped = outcomes(&log).into_iter().filter(|outcome| *outcome == ("capped".to_owned(), true));
            assert_eq!(capped.count(), 10 - expected);
            latchkey.pass(3_600);
        }
    }
}

#[tokio::test]
async fn where_mail_is_off_a_sign_up_writes_none() {
    let latchkey = Latchkey::start_with(&[OFF]).await;
    Client::signed_up(&latchkey, "Ada1").await;
    assert!(latchkey.database.items("MailsTable").is_empty());
}

/// The attributes of any mail that is still there, but its key.
fn stored(latchkey: &Latchkey) -> Value {
    let mut item = latchkey.database.items("MailsTable").pop().expect("a mail");
    item.as_object_mut().expect("an item").remove("mail_id");
    item
}
