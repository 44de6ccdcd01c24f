//! Concurrent requests, with their database calls in every possible order.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::client::credentials;
use crate::harness::random::Random;
use crate::harness::{Client, Latchkey, soak};

/// The progress of concurrent requests of one session, as the order of their calls.
#[derive(Clone, Default)]
struct Progress {
    calls: Vec<&'static str>,
    /// The profile requests that have not read the session yet.
    reading: usize,
    /// The profile requests that will renew the session.
    renewing: usize,
    is_renewed: bool,
    is_logged_out: bool,
}

impl Progress {
    /// The progress after each call that may come next.
    fn next(&self) -> Vec<Self> {
        let mut next = Vec::new();
        let step = |call, change: &dyn Fn(&mut Self)| {
            let mut progress = self.clone();
            progress.calls.push(call);
            change(&mut progress);
            progress
        };
        if !self.is_logged_out {
            next.push(step("DeleteItem sessions", &|progress| progress.is_logged_out = true));
        }
        if self.reading > 0 {
            next.push(step("BatchGetItem", &|progress| {
                progress.reading -= 1;
                // After the logout or the first renewal, a request finds nothing to renew.
                progress.renewing += usize::from(!progress.is_logged_out && !progress.is_renewed);
            }));
        }
        if self.renewing > 0 {
            next.push(step("UpdateItem sessions", &|progress| {
                progress.renewing -= 1;
                progress.is_renewed = true;
            }));
        }
        next
    }

    /// Every order that continues this one.
    fn all(self) -> Vec<Vec<&'static str>> {
        let next = self.next();
        if next.is_empty() { vec![self.calls] } else { next.into_iter().flat_map(Self::all).collect() }
    }

    /// A random order that continues this one.
    fn random(mut self, random: &mut Random) -> Vec<&'static str> {
        loop {
            let mut next = self.next();
            if next.is_empty() {
                return self.calls;
            }
            self = next.swap_remove(random.below(next.len()));
        }
    }
}

/// Sends a logout and several profile requests of a session that is due for renewal at once. Their calls are applied in
/// this order.
async fn send_at_once(latchkey: &Arc<Latchkey>, name: &str, profiles: usize, order: &[&'static str]) {
    let mut client = Client::program();
    assert_eq!(client.post(latchkey, "/login", &credentials(name)).await.status, 200);
    latchkey.pass(86_400);
    latchkey.database.set_order(order);
    let mut requests = Vec::new();
    for number in 0..=profiles {
        let (latchkey, mut client) = (latchkey.clone(), client.clone());
        requests.push(tokio::spawn(async move {
            if number == 0 {
                assert_eq!(client.post(&latchkey, "/logout", &json!({})).await.status, 204);
            } else {
                let response = client.get(&latchkey, "/profile").await;
                assert!(matches!(response.status, 200 | 401), "{response:?}");
            }
        }));
    }
    join_all(requests).await.into_iter().for_each(|done| done.expect("no panic"));
    assert_eq!(latchkey.database.remaining_order(), Vec::<&str>::new(), "{order:?}");
    assert!(!client.is_signed_in(latchkey).await, "{order:?}");
    assert_eq!(latchkey.database.counts().2, 1, "only the session of the sign-up is left: {order:?}");
    // The proxy keeps its records until a test takes them.
    latchkey.database.take_calls();
}

#[tokio::test]
async fn in_no_order_does_a_renewal_revive_a_session() {
    let latchkey = Arc::new(Latchkey::start().await);
    Client::signed_up(&latchkey, "ada1").await;
    let mut orders = 0;
    for profiles in 1..=3 {
        for order in (Progress { reading: profiles, ..Progress::default() }).all() {
            send_at_once(&latchkey, "ada1", profiles, &order).await;
            orders += 1;
        }
    }
    assert_eq!(orders, 31);
    let mut random = Random(1);
    for number in 1..=soak(20, 100_000) {
        let profiles = 1 + random.below(6);
        let order = Progress { reading: profiles, ..Progress::default() }.random(&mut random);
        send_at_once(&latchkey, "ada1", profiles, &order).await;
        if number % 1_000 == 0 {
            eprintln!("{number} random orders");
        }
    }
}
