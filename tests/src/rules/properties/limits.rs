//! Properties of the limits: no schedule of attempts gets more than the limits allow.

use latchkey::limits::{Attempt, FailureLimit, Failures, RateLimit, Slot, milliseconds};
use latchkey::time::{Seconds, Timestamp};
use proptest::prelude::*;

use crate::harness::client::credentials;
use crate::harness::random::Random;
use crate::harness::{Client, Latchkey};
use crate::rules::limiter::wrong;
use crate::rules::properties::cases;

proptest! {
    #![proptest_config(cases(2_000))]

    /// The clocks of the execution environments may differ. An address gets at most one bucket, and the attempts that
    /// leave the bucket between the earliest and the latest time of any clock.
    #[test]
    fn an_address_never_gets_more_than_its_rate(
        limit in 1..100_u32, steps in proptest::collection::vec((-3_600..3_600_i64, 1..50_usize), 1..40),
    ) {
        let RateLimit(rates) = RateLimit::new(0, limit);
        let interval = rates[0].interval;
        let (mut now, mut empty_at, mut allowed) = (Timestamp::from_seconds(1_000_000), None, 0_i64);
        let (mut earliest, mut latest) = (i64::MAX, i64::MIN);
        for (step, attempts) in steps {
            now = now + Seconds(step);
            (earliest, latest) = (earliest.min(milliseconds(now)), latest.max(milliseconds(now)));
            for _ in 0..attempts {
                empty_at = match rates[0].slot(empty_at, now) {
                    Slot::Refused(delay) => {
                        prop_assert!(delay > Seconds(0));
                        let later = rates[0].slot(empty_at, now + delay);
                        prop_assert_eq!(later.refused(), None, "the delay is long enough");
                        break;
                    }
                    Slot::Idle => Some(milliseconds(now) + interval),
                    Slot::Busy(fullest) => {
                        prop_assert!(empty_at <= Some(fullest));
                        empty_at.map(|time| time + interval)
                    }
                };
                allowed += 1;
            }
        }
        prop_assert!(allowed <= i64::from(limit) + (latest - earliest) / interval);
    }

    /// After the free failures each delay is at least as long as the one before it.
    #[test]
    fn the_delays_of_an_identifier_never_shrink(
        free in 1..20_u32, first in 1..100_i64, more in 0..4_000_i64,
        failures in 0..200_u32, passed in 0..200_000_i64,
    ) {
        let (first_wait, longest_wait) = (Seconds(first), Seconds(first + more));
        let limit = FailureLimit { free, first_wait, longest_wait, disable_at: None };
        let start = Timestamp::from_seconds(0);
        let delay = |failures| match limit.attempt(&limit.after(failures, start), start) {
            Attempt::Refused(delay) => delay,
            _ => Seconds(0),
        };
        prop_assert_eq!(delay(failures) == Seconds(0), failures < free);
        prop_assert!(delay(failures) <= delay(failures + 1) && delay(failures) <= limit.longest_wait);
        prop_assert!(failures < free || delay(failures) >= limit.first_wait);
        let found = Failures { failures, last_at: start, expires_at: None };
        let is_refused = matches!(limit.attempt(&found, start + Seconds(passed)), Attempt::Refused(_));
        prop_assert_eq!(is_refused, passed < delay(failures).0);
    }
}

/// The failures of an identifier, and the delay that the documents promise.
#[derive(Default)]
struct History {
    failures: u32,
    last_at: i64,
}

impl History {
    fn is_refused(&self, now: i64) -> bool {
        let delay = match self.failures {
            0..=9 => 0,
            failures => (30 << (failures - 10).min(20)).min(3_600),
        };
        now < self.last_at + delay
    }
}

#[tokio::test]
async fn logins_at_random_times_follow_the_documented_limits() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    let mut random = Random(7);
    let mut refused = 0;
    let mut history = History::default();
    for _ in 0..300 {
        // Within a second, an earlier attempt may still be in progress.
        let pauses = [2, 2, 2, 29, 30, 31, 61, 500, 3_599, 3_600];
        latchkey.pass(pauses[random.below(pauses.len())]);
        let is_right = random.below(12) == 0;
        let fields = if is_right { credentials("ada1") } else { wrong("ada1") };
        let expected = match (history.is_refused(latchkey.now()), is_right) {
            (true, _) => 429,
            (false, true) => 200,
            (false, false) => 401,
        };
        let response = Client::program().post(&latchkey, "/login", &fields).await;
        assert_eq!(response.status, expected, "after {} failures", history.failures);
        match expected {
            200 => history = History::default(),
            401 => history = History { failures: history.failures + 1, last_at: latchkey.now() },
            _ => refused += 1,
        }
    }
    assert!(refused > 20, "{refused}");
}
