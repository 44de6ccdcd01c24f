//! To ask for a new password, or to sign up by email, does not reveal whether an account exists.

use serde_json::{Value, json};

use crate::functions::account::delete;
use crate::functions::signup::by_email::{by_email, joined};
use crate::harness::{Client, Latchkey, soak};
use crate::rules::enumeration::{probability_of_longer, timed};

/// Measures requests about each of these names in turn, the last of which no one has. The responses and the calls are
/// the same. Prints the probability that a request about each of the others takes longer (AUC). At 0.5 the time reveals
/// nothing.
async fn compare(latchkey: &Latchkey, path: &str, names: &[&str], fields: impl Fn(&str) -> Value) {
    let mut times = vec![Vec::new(); names.len()];
    let rounds = soak(25, 2_000);
    let mut expected = None;
    for round in 0..rounds {
        // Each is the first one of its identifier in a day.
        latchkey.pass(86_400);
        for turn in 0..names.len() {
            let kind = (round + turn) % names.len();
            let mut client = Client::program();
            latchkey.database.take_calls();
            let (response, time) = timed(client.post(latchkey, path, &fields(names[kind]))).await;
            times[kind].push(time);
            let seen = (response, latchkey.database.take_operations());
            assert_eq!(
                (seen.0.status, seen.1.join(", ")),
                (202, "PutItem mails, take slot, take slot".into())
            );
            assert_eq!(*expected.get_or_insert(seen.clone()), seen);
        }
    }
    let unknown = times.pop().expect("times");
    for (name, times) in names.iter().zip(times) {
        let auc = probability_of_longer(&times, &unknown);
        eprintln!("AUC of the time of {path} for {name} against no one, {rounds} each: {auc:.4}");
        assert!(rounds < 2_000 || (auc - 0.5).abs() <= 0.02, "{name}: {auc}");
    }
}

fn disable(latchkey: &Latchkey, username: &str) {
    for user in latchkey.database.items("UsersTable") {
        if user["username"]["S"] == *username {
            let key = json!({ "user_id": user["user_id"] });
            latchkey.database.set("UsersTable", key, &json!({ "status": { "S": "disabled" } }));
        }
    }
}

#[tokio::test]
async fn times_calls_and_bytes_of_forgot_do_not_reveal_whether_an_account_exists() {
    let latchkey = Latchkey::start().await;
    for name in ["known1", "disabled1"] {
        Client::signed_up(&latchkey, name).await;
    }
    disable(&latchkey, "disabled1");
    let fields = |name: &str| json!({ "identifier": name });
    compare(&latchkey, "/forgot", &["known1", "disabled1", "unknown1"], fields).await;
}

#[tokio::test]
async fn times_calls_and_bytes_of_a_sign_up_by_email_do_not_reveal_whether_an_account_exists() {
    let (latchkey, mut post) = by_email().await;
    for name in ["known1", "disabled1"] {
        joined(&latchkey, &mut post, name).await;
    }
    let mut held = joined(&latchkey, &mut post, "held1").await;
    assert_eq!(delete(&mut held, &latchkey, "held1").await.status, 204);
    disable(&latchkey, "disabled1");
    let fields = |name: &str| json!({ "email": format!("{name}@example.com") });
    compare(&latchkey, "/signup", &["known1", "disabled1", "held1", "unknown1"], fields).await;
}
