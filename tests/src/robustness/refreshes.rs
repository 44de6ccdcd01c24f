//! Refresh tokens of clients that lose responses, of two at once, and of a thief: every order, with the real table.

mod over_http;

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::app::{App, refresh_token};
use crate::harness::client::PASSWORD;
use crate::harness::{Client, Latchkey, soak};

/// Longer than a replaced token gets the same successor.
const LATER: i64 = 11;

/// The calls of a refresh, which it sends at once.
const READ: &str = "GetItem users";
const WRITE: &str = "UpdateItem sessions";

/// A deployment with one user.
async fn start() -> Latchkey {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    latchkey
}

/// Every sequence of this many numbers below a limit.
fn sequences(length: u32, limit: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..limit.pow(length))
        .map(move |number| (0..length).map(|place| number / limit.pow(place) % limit).collect())
}

#[tokio::test]
async fn a_client_that_loses_any_responses_is_never_logged_out() {
    let latchkey = start().await;
    // Whether the response arrives, and whether time passes before the next step.
    for (number, steps) in sequences(u32::try_from(soak(4, 6)).expect("a length"), 4).enumerate() {
        let mut app = App::logged_in(&latchkey, "ada1").await;
        for step in &steps {
            let before = app.token.clone();
            let response = app.refresh(&latchkey).await;
            assert_eq!(response.status, 200, "{steps:?}: {response:?}");
            assert!(app.is_signed_in(&latchkey).await, "{steps:?}");
            if step % 2 == 1 {
                app.token = before;
            }
            latchkey.pass(if step / 2 == 1 { LATER } else { 0 });
            assert!(app.is_signed_in(&latchkey).await, "{steps:?}");
        }
        clean(&latchkey, number);
    }
}

/// The proxy keeps its records until a test takes them, and a list of sessions gets long.
fn clean(latchkey: &Latchkey, number: usize) {
    latchkey.database.take_calls();
    if number.is_multiple_of(100) {
        latchkey.database.items("SessionsTable").into_iter().for_each(|item| {
            let key = json!({ "user_id": item["user_id"], "session_id": item["session_id"] });
            latchkey.database.delete("SessionsTable", &key);
        });
    }
}

/// Exchanges one token twice at once, with the calls in this order. Returns the tokens of the responses.
async fn refresh_at_once(latchkey: &Arc<Latchkey>, app: &App, order: &[&'static str]) -> Vec<String> {
    latchkey.database.set_order(order);
    let both = [(), ()].map(|()| {
        let (latchkey, mut app) = (Arc::clone(latchkey), app.clone());
        tokio::spawn(async move { app.refresh(&latchkey).await })
    });
    let responses = join_all(both).await.into_iter().map(|response| response.expect("no panic"));
    let tokens = responses.map(|response| {
        assert_eq!(response.status, 200, "{response:?}");
        refresh_token(&response)
    });
    let tokens = tokens.collect();
    assert_eq!(latchkey.database.remaining_order(), Vec::<&str>::new());
    tokens
}

#[tokio::test]
async fn two_that_refresh_at_once_get_the_same_successor_whatever_they_lose() {
    let latchkey = Arc::new(start().await);
    let mut orders = 0;
    for places in (0..16_u32).filter(|places| places.count_ones() == 2) {
        let order: Vec<_> = (0..4).map(|place| if places >> place & 1 == 1 { READ } else { WRITE }).collect();
        // The token is the newest, or the client has lost its successor, which needs a second write.
        for (is_sibling, order) in [(false, &*order), (true, &[])] {
            let mut app = App::logged_in(&latchkey, "ada1").await;
            if is_sibling {
                app.clone().refresh(&latchkey).await;
                latchkey.pass(LATER);
            }
            for token in refresh_at_once(&latchkey, &app, order).await {
                app.token = token;
                assert!(app.is_signed_in(&latchkey).await, "{order:?}");
            }
            latchkey.pass(LATER);
            assert_eq!(app.refresh(&latchkey).await.status, 200, "{order:?}");
            orders += 1;
        }
    }
    assert_eq!(orders, 12);
    for (number, losses) in sequences(u32::try_from(soak(2, 4)).expect("a length"), 4).enumerate() {
        let mut app = App::logged_in(&latchkey, "ada1").await;
        for loss in &losses {
            let tokens = refresh_at_once(&latchkey, &app, &[]).await;
            let mut arrived = tokens.iter().enumerate().filter(|(place, _)| loss >> place & 1 == 0);
            if let Some((_, token)) = arrived.next_back() {
                app.token.clone_from(token);
            }
            latchkey.pass(LATER);
        }
        assert!(app.is_signed_in(&latchkey).await, "{losses:?}");
        clean(&latchkey, number);
    }
}

/// Every order of a refresh and of these calls, each of which keeps its own order.
fn merged(refresh: &[&'static str], other: &[&'static str]) -> Vec<Vec<&'static str>> {
    let (Some(first), Some(second)) = (refresh.first(), other.first()) else {
        return vec![[refresh, other].concat()];
    };
    let after = |call: &&'static str, rest: Vec<Vec<&'static str>>| {
        rest.into_iter().map(|rest| [vec![*call], rest].concat()).collect::<Vec<_>>()
    };
    [after(first, merged(&refresh[1..], other)), after(second, merged(refresh, &other[1..]))].concat()
}

#[tokio::test]
async fn in_no_order_does_a_refresh_survive_what_ends_the_session() {
    let latchkey = Arc::new(start().await);
    let mut orders = 0;
    for (path, calls) in [
        ("/logout", vec!["DeleteItem sessions"]),
        ("/profile/sessions/end-others", vec!["BatchGetItem", "TransactWriteItems"]),
        ("/profile/password", vec!["BatchGetItem", "TransactWriteItems"]),
    ] {
        for refresh in [[READ, WRITE], [WRITE, READ]] {
            for order in merged(&refresh, &calls) {
                let mut victim = App::logged_in(&latchkey, "ada1").await;
                // A logout ends its own session, and the others those of other clients.
                let ender =
                    if path == "/logout" { victim.clone() } else { App::logged_in(&latchkey, "ada1").await };
                latchkey.database.set_order(&order);
                let password = json!({ "current_password": PASSWORD, "password": "another horse battery" });
                let fields = if path == "/profile/password" { password } else { json!({}) };
                let (response, refreshed) = tokio::join!(ender.post(&latchkey, path, &fields), async {
                    victim.refresh(&latchkey).await.status
                });
                assert!(matches!(response.status, 200 | 204), "{path} {order:?}: {response:?}");
                assert!(matches!(refreshed, 200 | 400), "{path} {order:?}: {refreshed}");
                assert_eq!(latchkey.database.remaining_order(), Vec::<&str>::new(), "{path} {order:?}");
                assert!(!victim.is_signed_in(&latchkey).await, "{path} {order:?}");
                assert_eq!(victim.refresh(&latchkey).await.status, 400, "{path} {order:?}");
                if path == "/profile/password" {
                    let back = json!({ "current_password": "another horse battery", "password": PASSWORD });
                    let ender = ender.with(&refresh_token(&response));
                    assert_eq!(ender.post(&latchkey, path, &back).await.status, 200);
                }
                latchkey.pass(86_400);
                orders += 1;
            }
        }
    }
    assert_eq!(orders, 2 * (3 + 6 + 6));
}

#[tokio::test]
async fn in_every_order_a_session_survives_that_it_ends_the_others_while_it_refreshes() {
    let latchkey = start().await;
    for refresh in [[READ, WRITE], [WRITE, READ]] {
        for order in merged(&refresh, &["BatchGetItem", "TransactWriteItems"]) {
            let mut app = App::logged_in(&latchkey, "ada1").await;
            let (copy, nothing) = (app.clone(), json!({}));
            latchkey.database.set_order(&order);
            let end_others = copy.post(&latchkey, "/profile/sessions/end-others", &nothing);
            let (response, refreshed) = tokio::join!(end_others, app.refresh(&latchkey));
            assert_eq!([response.status, refreshed.status], [204, 200], "{order:?}");
            assert_eq!(latchkey.database.remaining_order(), Vec::<&str>::new(), "{order:?}");
            assert!(app.is_signed_in(&latchkey).await, "{order:?}");
            assert_eq!(app.refresh(&latchkey).await.status, 200, "{order:?}");
        }
    }
}

#[tokio::test]
async fn an_owner_and_a_thief_never_both_refresh_twice_unnoticed() {
    let latchkey = start().await;
    for (number, turns) in sequences(u32::try_from(soak(7, 10)).expect("a length"), 2).enumerate() {
        let owner = App::logged_in(&latchkey, "ada1").await;
        let mut holders = [owner.clone(), owner];
        let mut refreshed = [0, 0];
        for turn in &turns {
            latchkey.pass(LATER);
            if holders[*turn].refresh(&latchkey).await.status == 200 {
                refreshed[*turn] += 1;
            } else {
                assert!(latchkey.database.items("SessionsTable").is_empty() || number > 0);
                for holder in &holders {
                    assert!(!holder.is_signed_in(&latchkey).await, "noticed, so no one is in: {turns:?}");
                }
                break;
            }
            assert!(refreshed[0] < 2 || refreshed[1] < 2, "{turns:?}");
        }
        let of_the_owner = turns.iter().filter(|turn| **turn == 0).count();
        if (2..=turns.len() - 2).contains(&of_the_owner) {
            assert!(!holders[0].is_signed_in(&latchkey).await, "it is noticed at last: {turns:?}");
        }
        clean(&latchkey, number);
    }
}
