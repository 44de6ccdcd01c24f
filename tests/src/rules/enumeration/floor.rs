//! Refused logins of users who came with the hash of another system.

use std::time::Duration;

use serde_json::json;

use crate::harness::client::credentials;
use crate::harness::log_entries::LogEntries;
use crate::harness::{Client, Latchkey, soak};
use crate::rules::enumeration::{probability_of_longer, timed};
use crate::rules::limiter::wrong;

/// Hashes of other systems, whose times differ from those of argon2id.
const IMPORTED: [(&str, &str); 4] = [
    ("bcrypt", "$2b$08$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6"),
    ("pbkdf2", "$pbkdf2-sha256$i=40000$MDEyMzQ1Njc4OWFiY2RlZg$52TUcXBu7fzTIT/PULG5v0aaozTmhGtLaF3otLlj8x8"),
    ("scrypt", "$scrypt$ln=13,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$Ia9GB8N6Dya+hr8QUEuIu+nX+PmbPKsjdzzB0uUgL6A"),
    (
        "wrapped",
        "$over$ssha1$c2FsdA$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
         neh7hnj6r1KI0nPR1ps1kgNtDJPd8cRQELDTd7JWNwE",
    ),
];

/// Measures refused logins of an unknown user, and of users whose passwords are hashed in other ways. With the floor,
/// the time of none tells which it is.
#[tokio::test]
async fn with_the_floor_login_times_do_not_reveal_how_a_password_is_hashed() {
    const FLOOR: Duration = Duration::from_millis(100);
    let rounds = soak(3, 3_000);
    let limits = [("LOGIN_PER_MINUTE", "0"), ("LOGIN_PER_HOUR", "0"), ("LOGIN_FLOOR_MILLISECONDS", "100")];
    let latchkey = Latchkey::start_with_real_hashes(&limits).await;
    let mut kinds = vec!["unknown", "argon2id"];
    Client::signed_up(&latchkey, "argon2id").await;
    for (name, hash) in IMPORTED {
        Client::signed_up(&latchkey, name).await;
        let key = json!({ "identifier": { "S": format!("username#{name}") } });
        latchkey.database.set("CredentialsTable", key, &json!({ "password_hash": { "S": hash } }));
        kinds.push(name);
    }
    let lines = LogEntries::collect();
    let mut times = vec![Vec::new(); kinds.len()];
    for round in 0..rounds {
        for turn in 0..kinds.len() {
            let kind = (round + turn) % kinds.len();
            let (response, time) =
                timed(Client::program().post(&latchkey, "/login", &wrong(kinds[kind]))).await;
            assert_eq!(response.status, 401, "{}", kinds[kind]);
            times[kind].push(time);
        }
        if round % 5 == 4 {
            latchkey.pass(31 * 86_400);
        }
    }
    let late = lines.take().into_iter().filter(|line| line.get("LateRefusals").is_some()).count();
    let [unknown, others @ ..] = times.as_slice() else { panic!("times") };
    for (kind, times) in kinds.iter().skip(1).zip(others) {
        let auc = probability_of_longer(unknown, times);
        eprintln!("AUC of the time of an unknown user against {kind}, {rounds} each, {late} late: {auc:.4}");
        assert!(rounds < 3_000 || (auc - 0.5).abs() <= 0.02, "{kind}: {auc}");
        assert!(times.iter().all(|time| *time >= FLOOR), "{kind}: {times:?}");
    }
    assert!(unknown.iter().all(|time| *time >= FLOOR), "{unknown:?}");
    let (right, time) = timed(Client::program().post(&latchkey, "/login", &credentials("argon2id"))).await;
    assert_eq!(right.status, 200);
    assert!(late > 0 || time < FLOOR, "the right password does not wait: {time:?}");
}
