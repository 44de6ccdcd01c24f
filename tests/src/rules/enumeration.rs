//! No account can be told by a log-in: neither by its response, nor by its hashes, nor by its time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Client, Latchkey, Response, soak};
use crate::rules::limiter::wrong;

const FREE: usize = 10;

/// People in every state that an account can be in, and two whom nobody knows.
async fn people(latchkey: &Latchkey) -> Vec<&'static str> {
    let names = ["wrong", "nohash", "corrupt", "costly", "disabled", "raised"];
    for name in names {
        Client::signed_up(latchkey, name).await;
    }
    for item in latchkey.database.items("CredentialsTable") {
        let key = json!({ "identifier": item["identifier"] });
        let identifier = item["identifier"]["S"].as_str().expect("a string");
        let attributes = if identifier.contains("nohash") {
            let mut without = item.clone();
            without.as_object_mut().expect("a item").remove("password_hash");
            latchkey.database.delete("CredentialsTable", &key);
            without
        } else if identifier.contains("corrupt") {
            json!({ "password_hash": { "S": "$argon2id$v=19$m=8,t=1,p=1$AAAA" } })
        } else if identifier.contains("costly") {
            let (salt, hash) = ("A".repeat(22), "A".repeat(43));
            json!({ "password_hash": { "S": format!("$argon2id$v=19$m=4194304,t=4294967295,p=1${salt}${hash}") } })
        } else {
            continue;
        };
        latchkey.database.set("CredentialsTable", key, &attributes);
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
    names.into_iter().chain(["nobody", "admin"]).collect()
}

/// Every way to say who one is.
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

/// What an response is without what was typed.
fn anonymous(mut response: Response, fields: &Value) -> Response {
    for name in ["identifier", "username", "email"] {
        if let Some(typed) = fields[name].as_str() {
            response.body = response.body.replace(&format!("value=\"{typed}\""), "value=\"\"");
        }
    }
    // The form says when it was shown, whatever was typed into it.
    if let Some((before, rest)) = response.body.split_once("name=\"shown_at\" value=\"") {
        response.body = before.to_owned() + rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    }
    response
}

#[tokio::test]
async fn a_login_costs_and_returns_the_same_whether_or_not_the_account_exists() {
    let latchkey = Latchkey::start().await;
    let names = people(&latchkey).await;
    let mut seen: Vec<(Response, Vec<String>)> = Vec::new();
    for attempt in 0..=FREE {
        let is_last = attempt == FREE;
        for client in
            [Client::program(), Client::browser()].iter().skip(attempt % 2).step_by(2 - usize::from(is_last))
        {
            for name in &names {
                // Four ways to two identifiers: each has its free failures to itself.
                let (first, step) = if is_last { (0, 1) } else { (attempt / 2 % 2, 2) };
                for fields in entry_points(name).iter().skip(first).step_by(step) {
                    let hashes = latchkey.functions.login.hasher.computed();
                    latchkey.database.take_calls();
                    let response = client.moved().post(&latchkey, "/login", fields).await;
                    let hashes = latchkey.functions.login.hasher.computed() - hashes;
                    assert_eq!(hashes, u64::from(!is_last), "{fields}");
                    assert_eq!(response.status, if is_last { 429 } else { 401 }, "{fields}");
                    seen.push((anonymous(response, fields), latchkey.database.take_operations()));
                }
            }
        }
        latchkey.pass(3);
    }
    assert_eq!(seen.len(), 2 * FREE * names.len() + 2 * 4 * names.len());
    // What two responses of one status and one format show, and what they cost, is the same.
    for status in [401, 429] {
        for page in [true, false] {
            let mut of_kind = seen
                .iter()
                .filter(|(response, _)| response.status == status && response.body.starts_with('<') == page);
            let (first, calls) = of_kind.next().expect("an response");
            for (response, made) in of_kind {
                let ours = (&response.headers, &response.cookies, &response.body, made);
                assert_eq!(ours, (&first.headers, &first.cookies, &first.body, calls));
            }
        }
    }
}

/// Times log-ins of an unknown name and of a known one with a wrong password, in turns, and prints how often
/// one of the first took longer than one of the second (AUC): a half means that time tells nothing.
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
            let fields = wrong(["nobody", "known1"][is_known]);
            #[expect(clippy::disallowed_methods, reason = "this measures time")]
            let begin = Instant::now();
            let response = Client::program().post(&latchkey, "/login", &fields).await;
            times[is_known].push(begin.elapsed());
            assert_eq!(response.status, 401);
        }
        if round % 5 == 4 {
            latchkey.pass(31 * 86_400);
        }
    }
    let [unknown, known] = times;
    let longer = |a: &Duration, b: &Duration| match a.cmp(b) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    let sum: f64 = unknown.iter().flat_map(|a| known.iter().map(move |b| longer(a, b))).sum();
    let pairs = f64::from(u32::try_from(unknown.len() * known.len()).expect("a count"));
    let auc = sum / pairs;
    eprintln!("AUC of the time of an unknown name against a wrong password, {rounds} each: {auc:.4}");
    assert_eq!(latchkey.functions.login.hasher.computed(), 2 * u64::try_from(rounds).expect("a count"));
    assert!(rounds < 5_000 || (auc - 0.5).abs() <= 0.02, "{auc}");
}
