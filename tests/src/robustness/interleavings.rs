//! Requests that meet: their database calls in every order that there is.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::client::credentials;
use crate::harness::random::Random;
use crate::harness::{Client, Latchkey, soak};

/// How far the requests of one session have come, in the order of their calls.
#[derive(Clone, Default)]
struct Course {
    calls: Vec<&'static str>,
    /// Profile requests that have not read the session yet, and those that have and will renew it.
    reading: usize,
    renewing: usize,
    is_renewed: bool,
    is_logged_out: bool,
}

impl Course {
    /// Every call that may come next, with what it leads to.
    fn next(&self) -> Vec<Self> {
        let mut next = Vec::new();
        let step = |call, change: &dyn Fn(&mut Self)| {
            let mut course = self.clone();
            course.calls.push(call);
            change(&mut course);
            course
        };
        if !self.is_logged_out {
            next.push(step("DeleteItem sessions", &|course| course.is_logged_out = true));
        }
        if self.reading > 0 {
            next.push(step("BatchGetItem", &|course| {
                course.reading -= 1;
                // Whoever reads after the log-out or the first renewal has nothing to renew.
                course.renewing += usize::from(!course.is_logged_out && !course.is_renewed);
            }));
        }
        if self.renewing > 0 {
            next.push(step("UpdateItem sessions", &|course| {
                course.renewing -= 1;
                course.is_renewed = true;
            }));
        }
        next
    }

    fn all(self) -> Vec<Vec<&'static str>> {
        let next = self.next();
        if next.is_empty() { vec![self.calls] } else { next.into_iter().flat_map(Self::all).collect() }
    }

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

/// A log-out and some profile requests at once, of a session that is due for renewal, their calls in this order.
async fn meet(latchkey: &Arc<Latchkey>, name: &str, profiles: usize, order: &[&'static str]) {
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
    // Whatever is recorded is kept until it is taken.
    latchkey.database.take_calls();
}

#[tokio::test]
async fn in_no_order_does_a_renewal_revive_a_session() {
    let latchkey = Arc::new(Latchkey::start().await);
    Client::signed_up(&latchkey, "ada1").await;
    let mut orders = 0;
    for profiles in 1..=3 {
        for order in (Course { reading: profiles, ..Course::default() }).all() {
            meet(&latchkey, "ada1", profiles, &order).await;
            orders += 1;
        }
    }
    assert_eq!(orders, 31);
    let mut random = Random(1);
    for number in 1..=soak(20, 100_000) {
        let profiles = 1 + random.below(6);
        let order = Course { reading: profiles, ..Course::default() }.random(&mut random);
        meet(&latchkey, "ada1", profiles, &order).await;
        if number % 1_000 == 0 {
            eprintln!("{number} random orders");
        }
    }
}
