//! Many requests at once.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::harness::client::{PASSWORD, credentials};
use crate::harness::{Answer, Client, Latchkey};

/// The tests of this file, one after the other: each keeps the machine busy, and the functions wait for
/// the database no longer than for DynamoDB.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

const AT_ONCE: usize = 100;
const ROUNDS: usize = 20;

/// Signs up a hundred times at once, round after round: of each round one succeeds, the others are told
/// this code, and one user, two credentials and one session are written. The fields follow from round and number.
async fn one_of_a_hundred_succeeds(code: &str, fields: impl Fn(usize, usize) -> Value) {
    let _turn = ONE_AT_A_TIME.lock().await;
    let latchkey = Arc::new(Latchkey::start().await);
    for round in 1..=ROUNDS {
        let requests = (0..AT_ONCE).map(|number| {
            let (latchkey, fields) = (latchkey.clone(), fields(round, number));
            tokio::spawn(async move { Client::program().post(&latchkey, "/signup", &fields).await })
        });
        let answers = join_all(requests).await.into_iter().map(|answer| answer.expect("no panic"));
        let (created, refused): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.status == 201);
        assert_eq!(created.len(), 1);
        assert!(refused.iter().all(|answer| answer.cookies.is_empty()));
        assert_eq!(refused.iter().map(Answer::code).collect::<Vec<_>>(), vec![code; AT_ONCE - 1]);
        assert_eq!(latchkey.database.counts(), (round, 2 * round, round));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_sign_ups_for_one_username_one_succeeds() {
    one_of_a_hundred_succeeds("username_taken", |round, number| {
        let username = if number % 2 == 0 { format!("name{round}") } else { format!("NAME{round}") };
        json!({ "username": username, "email": format!("e{round}.{number}@example.com"), "password": PASSWORD })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_sign_ups_for_one_email_one_succeeds() {
    one_of_a_hundred_succeeds("email_taken", |round, number| {
        let email =
            if number % 2 == 0 { format!("e{round}@example.com") } else { format!("E{round}@EXAMPLE.com") };
        json!({ "username": format!("name{round}.{number}"), "email": email, "password": PASSWORD })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_renewals_at_once_give_one_cookie_and_answer_everybody() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let latchkey = Arc::new(Latchkey::start().await);
    let client = Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..ROUNDS {
        latchkey.pass(86_400);
        let requests = (0..10).map(|_| {
            let (latchkey, mut client) = (latchkey.clone(), client.clone());
            tokio::spawn(async move { client.get(&latchkey, "/profile").await })
        });
        let answers: Vec<_> =
            join_all(requests).await.into_iter().map(|answer| answer.expect("no panic")).collect();
        assert!(answers.iter().all(|answer| answer.status == 200));
        assert_eq!(answers.iter().filter(|answer| !answer.cookies.is_empty()).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_revives_a_session_that_is_logged_out_among_renewals() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let latchkey = Arc::new(Latchkey::start().await);
    Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..ROUNDS {
        let mut client = Client::program();
        assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
        latchkey.pass(86_400);
        let mut requests = Vec::new();
        for number in 0..10 {
            let (latchkey, mut client) = (latchkey.clone(), client.clone());
            requests.push(tokio::spawn(async move {
                if number == 5 {
                    assert_eq!(client.post(&latchkey, "/logout", &json!({})).await.status, 204);
                } else {
                    let answer = client.get(&latchkey, "/profile").await;
                    assert!(matches!(answer.status, 200 | 401), "{answer:?}");
                }
            }));
        }
        join_all(requests).await.into_iter().for_each(|done| done.expect("no panic"));
        assert!(!client.is_signed_in(&latchkey).await);
    }
    assert_eq!(latchkey.database.counts().2, 1, "only the session of the sign-up is left");
}
