//! A login does not reveal whether an account exists: not by its response, its database calls, its hashes or its time.

mod floor;
mod forgot;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Client, Latchkey, Response, soak};
use crate::rules::limiter::wrong;

/// The free failures of an identifier.
const FREE: usize = 10;

/// The usernames of users in every state of an account, and two usernames without an account.
async fn users(latchkey: &Latchkey) -> Vec<&'static str> {
    let names = ["wrong", "nohash", "corrupt", "costly", "disabled", "raised"];
    for name in names {
        Client::signed_up(latchkey, name).await;
    }
    for item in latchkey.database.items("CredentialsTable") {
        damage_credential(latchkey, &item);
    }
    for item in latchkey.database.items("UsersTable") {
        let key = json!({ "user_id": item["user_id"] });
        match item["username"]["S"].as_str() {
            Some("disabled") => {
                latchkey.database.set("UsersTable", key, &json!({ "status": { "S": "disabled" } }));
            }
            Some("raised") => latchkey.database.set("UsersTable", key, &json!({ "epoch": { "N": "9" } })),
            _ => {}
        }
    }
    names.into_iter().chain(["unknown", "admin"]).collect()
}

fn damage_credential(latchkey: &Latchkey, item: &Value) {
    let key = json!({ "identifier": item["identifier"] });
    let identifier = item["identifier"]["S"].as_str().expect("a string");
    let attributes = if identifier.contains("nohash") {
        let mut without = item.clone();
        without.as_object_mut().expect("an item").remove("password_hash");
        latchkey.database.delete("CredentialsTable", &key);
        without
    } else if identifier.contains("corrupt") {
        json!({ "password_hash": { "S": "$argon2id$v=19$m=8,t=1,p=1$AAAA" } })
    } else if identifier.contains("costly") {
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        json!({ "password_hash": { "S": format!("$argon2id$v=19$m=4194304,t=4294967295,p=1${salt}${hash}") } })
    } else {
        return;
    };
    latchkey.database.set("CredentialsTable", key, &attributes);
}

/// A wrong password with each way to send the identifier of a user.
fn entry_points(name: &str) -> Vec<Value> {
    let email = format!("{name}@example.com");
    let upper = name.to_uppercase();
    let mut fields =
        vec![json!({ "identifier": name }), json!({ "username": upper }), json!({ "identifier": email })];
    fields.push(json!({ "email": email }));
    for fields in &mut fields {
        fields["password"] = json!("a wrong password");
    }
    fields
}

/// A response without the input that it shows again.
fn anonymous(mut response: Response, fields: &Value) -> Response {
    for name in ["identifier", "username", "email"] {
        if let Some(typed) = fields[name].as_str() {
            response.body = response.body.replace(&format!("value=\"{typed}\""), "value=\"\"");
        }
    }
    // The form has the time when it was shown, which does not depend on the input.
    if let Some((before, rest)) = response.body.split_once("name=\"shown_at\" value=\"") {
        response.body = before.to_owned() + rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    }
    response
}

/// The response to a login, and the database calls of it. Exactly the attempts before the last one compute a hash.
async fn attempt(
    latchkey: &Latchkey,
    client: &Client,
    fields: &Value,
    is_last: bool,
) -> (Response, Vec<String>) {
    let hashes = latchkey.functions.login.verifier.hasher.computed();
    latchkey.database.take_calls();
    let response = client.moved().post(latchkey, "/login", fields).await;
    let hashes = latchkey.functions.login.verifier.hasher.computed() - hashes;
    assert_eq!(hashes, u64::from(!is_last), "{fields}");
    assert_eq!(response.status, if is_last { 429 } else { 401 }, "{fields}");
    (anonymous(response, fields), latchkey.database.take_operations())
}

#[tokio::test]
async fn a_login_costs_and_returns_the_same_whether_or_not_the_account_exists() {
    let latchkey = Latchkey::start().await;
    let names = users(&latchkey).await;
    let mut seen: Vec<(Response, Vec<String>)> = Vec::new();
    for number in 0..=FREE {
        let is_last = number == FREE;
        for client in
            [Client::program(), Client::browser()].iter().skip(number % 2).step_by(2 - usize::from(is_last))
        {
            for name in &names {
                // Two of the four entry points have the same identifier, and each identifier has its own free failures.
                let (first, step) = if is_last { (0, 1) } else { (number / 2 % 2, 2) };
                for fields in entry_points(name).iter().skip(first).step_by(step) {
                    seen.push(attempt(&latchkey, client, fields, is_last).await);
                }
            }
        }
        latchkey.pass(3);
    }
    assert_eq!(seen.len(), 2 * FREE * names.len() + 2 * 4 * names.len());
    for status in [401, 429] {
        for page in [true, false] {
            let mut of_kind = seen
                .iter()
                .filter(|(response, _)| response.status == status && response.body.starts_with('<') == page);
            let (first, calls) = of_kind.next().expect("a response");
            for (response, made) in of_kind {
                let found = (&response.headers, &response.cookies, &response.body, made);
                assert_eq!(found, (&first.headers, &first.cookies, &first.body, calls));
            }
        }
    }
}

/// Measures logins of an unknown user and logins of a known user with a wrong password, alternating. Prints the
/// probability that the first kind takes longer (AUC). At 0.5 the time reveals nothing.
#[tokio::test]
async fn login_times_do_not_reveal_whether_an_account_exists() {
    let rounds = soak(25, 5_000);
    let latchkey =
        Latchkey::start_with_real_hashes(&[("LOGIN_PER_MINUTE", "0"), ("LOGIN_PER_HOUR", "0")]).await;
    Client::signed_up(&latchkey, "known1").await;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        let known_first = round % 2;
        for turn in 0..2 {
            let is_known = usize::from(turn != known_first);
            let fields = wrong(["unknown", "known1"][is_known]);
            let mut client = Client::program();
            let (response, time) = timed(client.post(&latchkey, "/login", &fields)).await;
            times[is_known].push(time);
            assert_eq!(response.status, 401);
        }
        if round % 5 == 4 {
            latchkey.pass(31 * 86_400);
        }
    }
    let [unknown, known] = times;
    let auc = probability_of_longer(&unknown, &known);
    eprintln!("AUC of the time of an unknown user against a wrong password, {rounds} each: {auc:.4}");
    assert_eq!(
        latchkey.functions.login.verifier.hasher.computed(),
        2 * u64::try_from(rounds).expect("a count")
    );
    assert!(rounds < 5_000 || (auc - 0.5).abs() <= 0.02, "{auc}");
}

/// A response, and the time that it took.
async fn timed(response: impl Future<Output = Response>) -> (Response, Duration) {
    #[expect(clippy::disallowed_methods, reason = "this measures time")]
    let begin = Instant::now();
    let response = response.await;
    (response, begin.elapsed())
}

/// The probability that a time of the first kind is longer than one of the second kind.
fn probability_of_longer(first: &[Duration], second: &[Duration]) -> f64 {
    let longer = |a: &Duration, b: &Duration| match a.cmp(b) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    let sum: f64 = first.iter().flat_map(|a| second.iter().map(move |b| longer(a, b))).sum();
    let pairs = f64::from(u32::try_from(first.len() * second.len()).expect("a count"));
    sum / pairs
}
