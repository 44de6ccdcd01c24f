//! To ask for a new password does not reveal whether an account exists.

use serde_json::json;

use crate::harness::{Client, Latchkey, soak};
use crate::rules::enumeration::{probability_of_longer, timed};

/// Measures requests for a user, for a disabled user and for no one, in turn. Prints the probability that the first
/// kind takes longer than the third, and that the second does (AUC). At 0.5 the time reveals nothing.
#[tokio::test]
async fn times_calls_and_bytes_of_forgot_do_not_reveal_whether_an_account_exists() {
    let latchkey = Latchkey::start().await;
    for name in ["known1", "disabled1"] {
        Client::signed_up(&latchkey, name).await;
    }
    for user in latchkey.database.items("UsersTable") {
        if user["username"]["S"] == "disabled1" {
            let key = json!({ "user_id": user["user_id"] });
            latchkey.database.set("UsersTable", key, &json!({ "status": { "S": "disabled" } }));
        }
    }
    let names = ["known1", "disabled1", "unknown1"];
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let rounds = soak(25, 2_000);
    let mut expected = None;
    for round in 0..rounds {
        // Each is the first one of its identifier in a day.
        latchkey.pass(86_400);
        for turn in 0..3 {
            let kind = (round + turn) % 3;
            let mut client = Client::program();
            let fields = json!({ "identifier": names[kind] });
            latchkey.database.take_calls();
            let (response, time) = timed(client.post(&latchkey, "/forgot", &fields)).await;
            times[kind].push(time);
            let seen = (response, latchkey.database.take_operations());
            assert_eq!(
                (seen.0.status, seen.1.join(", ")),
                (202, "PutItem mails, take slot, take slot".into())
            );
            assert_eq!(*expected.get_or_insert(seen.clone()), seen);
        }
    }
    let [known, disabled, unknown] = times;
    for (name, times) in [("a user", known), ("a disabled user", disabled)] {
        let auc = probability_of_longer(&times, &unknown);
        eprintln!("AUC of the time of /forgot for {name} against no one, {rounds} each: {auc:.4}");
        assert!(rounds < 2_000 || (auc - 0.5).abs() <= 0.02, "{name}: {auc}");
    }
}
