//! Counters of rates: attempts from an address over time.

use std::collections::HashMap;
use std::sync::PoisonError;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use crate::aws::failure;
use crate::error::{Cause, Error};
use crate::limits::key::CounterKey;
use crate::limits::rate::{RateLimit, Slot, milliseconds};
use crate::store::item::Item;
use crate::store::limiter::counters::{Limits, give_back, number};
use crate::time::{Seconds, Timestamp};

/// Each rate of a counter can turn from idle to busy once while we look, and back if a clock is off.
const TRIES: u32 = 5;

/// A slot that an attempt has taken.
#[derive(Debug)]
pub(super) struct HeldSlot {
    key: CounterKey,
    /// The counter was idle; what is left of such an attempt is gone after its interval.
    was_idle: bool,
}

/// The most addresses that an environment remembers as refused.
const MOST_REMEMBERED: usize = 1_000;

impl Limits {
    /// Refuses an address that was refused in this very second, without a call. Not for as long as it has to
    /// wait: log-ins under way may yet give their slots back.
    pub(super) fn refuse_recent(&self, key: &CounterKey, now: Timestamp) -> Result<(), Error> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match refused.get(key) {
            Some((at, retry_after)) if *at == now => {
                Err(Error::TooManyAttempts { retry_after: *retry_after })
            }
            _ => Ok(()),
        }
    }

    fn rates_refuse(&self, key: CounterKey, retry_after: Seconds, now: Timestamp) -> Error {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MOST_REMEMBERED {
            refused.clear();
        }
        refused.insert(key, (now, retry_after));
        Error::TooManyAttempts { retry_after }
    }

    /// Takes a slot of every rate, or none. One call when the counter is idle, two when it is busy; none
    /// where the limit is off.
    ///
    /// Each rate is updated by an addition under a condition, so nobody loses a race who had a slot.
    pub(super) async fn rates_take(
        &self,
        key: CounterKey,
        RateLimit(rates): &RateLimit,
        now: Timestamp,
    ) -> Result<HeldSlot, Error> {
        if rates.is_empty() {
            return Ok(HeldSlot { key, was_idle: true });
        }
        let mut found: HashMap<&str, i64> = HashMap::new();
        for _ in 0..TRIES {
            let mut update = self
                .update(&key)
                .expression_attribute_values(":now", number(milliseconds(now)))
                .expression_attribute_values(":end", number((now + RateLimit::LONGEST_PERIOD).as_seconds()));
            let (mut changes, mut conditions) = (vec!["expires_at = :end".to_owned()], Vec::new());
            let slots = rates.iter().map(|rate| (rate, rate.slot(found.get(rate.attribute).copied(), now)));
            let slots: Vec<_> = slots.collect();
            let refused = slots.iter().filter_map(|(_, slot)| slot.refused()).max();
            if let Some(retry_after) = refused {
                return Err(self.rates_refuse(key, retry_after, now));
            }
            let mut was_idle = true;
            for (rate, slot) in slots {
                let name = rate.attribute;
                if let Slot::Busy(fullest) = slot {
                    was_idle = false;
                    changes.push(format!("{name} = {name} + :{name}"));
                    conditions.push(format!("{name} > :now AND {name} <= :fullest_{name}"));
                    update = update.expression_attribute_values(format!(":fullest_{name}"), number(fullest));
                } else {
                    changes.push(format!("{name} = :now + :{name}"));
                    conditions.push(format!("(attribute_not_exists({name}) OR {name} <= :now)"));
                }
                update = update.expression_attribute_values(format!(":{name}"), number(rate.interval));
            }
            let answer = update
                .update_expression(format!("SET {}", changes.join(", ")))
                .condition_expression(conditions.join(" AND "))
                .send()
                .await;
            let Err(error) = answer else { return Ok(HeldSlot { key, was_idle }) };
            let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
            else {
                return Err(failure(&error));
            };
            let row = failed.item();
            found = rates
                .iter()
                .filter_map(|rate| Some((rate.attribute, empty_at(row?, rate.attribute)?)))
                .collect();
        }
        Err(Error::Unavailable(Cause::new("a counter of rates changed in every try")))
    }

    /// Gives a slot back. At worst it stays taken until the bucket has emptied.
    pub(super) async fn rates_give_back(&self, taken: &HeldSlot, RateLimit(rates): &RateLimit) {
        if taken.was_idle {
            return;
        }
        let changes: Vec<String> =
            rates.iter().map(|rate| format!("{0} = {0} - :{0}", rate.attribute)).collect();
        let mut update = self
            .update(&taken.key)
            .update_expression(format!("SET {}", changes.join(", ")))
            .condition_expression("attribute_exists(#key)")
            .expression_attribute_names("#key", "key");
        for rate in rates {
            update =
                update.expression_attribute_values(format!(":{}", rate.attribute), number(rate.interval));
        }
        give_back(update, "an address keeps the slot of a log-in that succeeded").await;
    }
}

fn empty_at(row: &Item, attribute: &str) -> Option<i64> {
    row.get(attribute)?.as_n().ok()?.parse().ok()
}
