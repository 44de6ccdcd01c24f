//! Many requests of one kind at once.

mod addresses;

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::functions::recovery::{asked, confirmed, reset};
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::{Client, Latchkey, Response, soak};
use crate::robustness::faults::check_accounts;
use crate::rules::limiter::{retry_after, wrong};

/// The tests of this file run in turn. Each keeps the machine busy, and the functions have the same timeouts as on AWS.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

const ROUNDS: usize = 20;

/// Sends many sign-ups at once, in several rounds. In each round one succeeds and the others get this code. Each round
/// adds one user, two credentials and one session. The fields depend on the round and the number of the sign-up.
async fn one_of_many_succeeds(code: &str, fields: impl Fn(usize, usize) -> Value) {
    let _turn = ONE_AT_A_TIME.lock().await;
    let latchkey = Arc::new(Latchkey::start().await);
    let (rounds, at_once) = (soak(ROUNDS, 1_000), soak(100, 32));
    for round in 1..=rounds {
        let requests = (0..at_once).map(|number| {
            let (latchkey, fields) = (latchkey.clone(), fields(round, number));
            tokio::spawn(async move { Client::program().post(&latchkey, "/signup", &fields).await })
        });
        let responses = join_all(requests).await.into_iter().map(|response| response.expect("no panic"));
        let (created, refused): (Vec<_>, Vec<_>) = responses.partition(|response| response.status == 201);
        assert_eq!(created.len(), 1);
        assert!(refused.iter().all(|response| response.cookies.is_empty()));
        assert_eq!(refused.iter().map(Response::code).collect::<Vec<_>>(), vec![code; at_once - 1]);
        assert_eq!(latchkey.database.counts(), (round, 2 * round, round));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_sign_ups_for_one_username_one_succeeds() {
    one_of_many_succeeds("username_taken", |round, number| {
        let username = if number % 2 == 0 { format!("name{round}") } else { format!("NAME{round}") };
        json!({ "username": username, "email": format!("e{round}.{number}@example.com"), "password": PASSWORD })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_sign_ups_for_one_email_one_succeeds() {
    one_of_many_succeeds("email_taken", |round, number| {
        let email =
            if number % 2 == 0 { format!("e{round}@example.com") } else { format!("E{round}@EXAMPLE.com") };
        json!({ "username": format!("name{round}.{number}"), "email": email, "password": PASSWORD })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_requests_with_one_link_exactly_one_resets_the_password() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let (latchkey, mut post, _) = confirmed("ada1").await;
    let latchkey = Arc::new(latchkey);
    let made_up = reset(&mut Client::program(), &latchkey, &"A".repeat(43), PASSWORD).await;
    for round in 0..soak(10, 100) {
        let token = asked(&latchkey, &mut post, "ada1").await;
        let password = |number: usize| format!("{round} horse battery {number}");
        let requests = (0..50).map(|number| {
            let (latchkey, token) = (latchkey.clone(), token.clone());
            let password = password(number);
            tokio::spawn(async move { reset(&mut Client::program(), &latchkey, &token, &password).await })
        });
        let responses = join_all(requests).await.into_iter().map(|response| response.expect("no panic"));
        let responses: Vec<Response> = responses.collect();
        let winners: Vec<usize> = (0..50).filter(|number| responses[*number].status == 204).collect();
        let [winner] = winners.as_slice() else { panic!("one: {winners:?} in round {round}") };
        let lost = responses.iter().enumerate().filter(|(number, _)| number != winner);
        assert!(lost.map(|(_, response)| response).all(|response| *response == made_up), "round {round}");
        check_accounts(&latchkey);
        let fields = json!({ "identifier": "ada1", "password": password(*winner) });
        assert_eq!(Client::program().post(&latchkey, "/login", &fields).await.status, 200);
        latchkey.pass(86_400);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_crossed_sign_ups_none_is_half_done() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let latchkey = Arc::new(Latchkey::start().await);
    for round in 0..soak(ROUNDS, 1_000) {
        // The first one has the username of the second one, and the email address of the third one.
        let crossed = [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")].map(|(name, email)| {
            let fields = json!({
                "username": format!("name{round}{name}"),
                "email": format!("e{round}{email}@example.com"),
                "password": PASSWORD,
            });
            let latchkey = latchkey.clone();
            tokio::spawn(async move { Client::program().post(&latchkey, "/signup", &fields).await.status })
        });
        let statuses: Vec<i64> =
            join_all(crossed).await.into_iter().map(|status| status.expect("no panic")).collect();
        // Both usernames get an account, each with its own email address or each with the other's.
        let created: Vec<bool> = statuses.iter().map(|status| *status == 201).collect();
        assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
        assert!(
            created == [true, false, false, true] || created == [false, true, true, false],
            "{statuses:?}"
        );
        check_accounts(&latchkey);
        if round % 100 == 99 {
            eprintln!("{round} rounds of crossed sign-ups");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_guesses_at_once_ten_are_verified_and_a_known_device_gets_in() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let latchkey = Arc::new(Latchkey::start().await);
    let mut owner = Client::signed_up(&latchkey, "ada1").await;
    // Each guess makes three calls at once, and the database must respond within 800 ms.
    let at_once = soak(64, 256);
    for _ in 0..soak(4, 50) {
        for identifier in ["ada1", "unknown"] {
            let hashes = latchkey.functions.login.verifier.hasher.computed();
            let guesses = (0..at_once).map(|_| {
                let latchkey = latchkey.clone();
                tokio::spawn(async move {
                    Client::program().post(&latchkey, "/login", &wrong(identifier)).await.status
                })
            });
            let (statuses, mut known) = tokio::join!(join_all(guesses), async {
                let mut owner = owner.clone();
                owner.cookies.remove("__Host-session");
                let response = owner.post(&latchkey, "/login", &credentials("ada1")).await;
                assert_eq!(response.status, 200, "{response:?}");
                owner
            });
            let statuses: Vec<i64> = statuses.into_iter().map(|status| status.expect("no panic")).collect();
            let counted = |wanted| statuses.iter().filter(|status| **status == wanted).count();
            assert_eq!((counted(401), counted(429)), (10, at_once - 10));
            assert_eq!(latchkey.functions.login.verifier.hasher.computed() - hashes, 10 + 1);
            assert_eq!(known.post(&latchkey, "/logout", &json!({})).await.status, 204);
            owner = known;
        }
        latchkey.pass(30 * 86_400);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn correct_logins_at_once_do_not_lock_their_owner_out() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let latchkey = Arc::new(Latchkey::start().await);
    Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..soak(5, 50) {
        for (at_once, most) in [(10, 1), (50, usize::MAX)] {
            let logins = (0..at_once).map(|_| {
                let latchkey = latchkey.clone();
                tokio::spawn(async move {
                    for tries in 1.. {
                        let response =
                            Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
                        if response.status == 200 {
                            return tries;
                        }
                        assert_eq!(retry_after(&response), 1);
                    }
                    unreachable!()
                })
            });
            let tries: Vec<usize> =
                join_all(logins).await.into_iter().map(|tries| tries.expect("no panic")).collect();
            assert!(tries.iter().all(|tries| *tries <= most), "{at_once} at once: {tries:?}");
            let items = latchkey.database.items("LimitsTable").into_iter();
            let failures = items.filter(|item| item["failures"].is_object()).count();
            assert_eq!(failures, 0, "all failures are forgotten");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_renewals_at_once_all_succeed_and_give_a_cookie() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let latchkey = Arc::new(Latchkey::start().await);
    let client = Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..ROUNDS {
        latchkey.pass(86_400);
        let requests = (0..10).map(|_| {
            let (latchkey, mut client) = (latchkey.clone(), client.clone());
            tokio::spawn(async move { client.get(&latchkey, "/profile").await })
        });
        let responses: Vec<_> =
            join_all(requests).await.into_iter().map(|response| response.expect("no panic")).collect();
        assert!(responses.iter().all(|response| (response.status, response.cookies.len()) == (200, 1)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_renewal_revives_a_session_that_is_logged_out_meanwhile() {
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
                    let response = client.get(&latchkey, "/profile").await;
                    assert!(matches!(response.status, 200 | 401), "{response:?}");
                }
            }));
        }
        join_all(requests).await.into_iter().for_each(|done| done.expect("no panic"));
        assert!(!client.is_signed_in(&latchkey).await);
    }
    assert_eq!(latchkey.database.counts().2, 1, "only the session of the sign-up is left");
}
