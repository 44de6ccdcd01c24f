//! The counters of rates: attempts from an address over time.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use crate::aws::failure;
use crate::error::{Cause, Error};
use crate::limits::rate::{Rate, RateLimit, Slot, milliseconds};
use crate::store::item::{Item, number};
use crate::store::limiter::counters::{CounterKey, Limits, release};
use crate::time::{Seconds, Timestamp};

/// How often an update is tried. Each rate of a counter can turn from idle to busy between two tries, and back if a
/// clock is wrong.
const TRIES: u32 = 5;

/// A slot that an attempt has taken.
#[derive(Debug)]
pub(super) struct HeldSlot {
    key: CounterKey,
    /// Whether the counter was idle. Then the slot is free again after one interval, and is not released.
    was_idle: bool,
}

impl Limits {
    /// Refuses an address again, without a call, that was refused in the same second. It does not refuse it for the
    /// whole delay, because logins that are under way may release their slots.
    pub(super) fn refuse_recent(&self, key: &CounterKey, now: Timestamp) -> Result<(), Error> {
        match self.refused.get(key) {
            Some((at, retry_after)) if at == now => Err(Error::TooManyAttempts { retry_after }),
            _ => Ok(()),
        }
    }

    /// Whether the account no longer knew a device in the same second.
    pub(super) fn was_unknown(&self, device: &CounterKey, now: Timestamp) -> bool {
        self.refuse_recent(device, now).is_err()
    }

    /// Remembers a device that the account no longer knows.
    pub(super) fn remember_unknown(&self, device: CounterKey, now: Timestamp) {
        self.refused.insert(device, (now, Seconds(0)));
    }

    /// Remembers an address as refused, and makes the error.
    fn rates_refuse(&self, key: CounterKey, retry_after: Seconds, now: Timestamp) -> Error {
        self.refused.insert(key, (now, retry_after));
        Error::TooManyAttempts { retry_after }
    }

    /// Takes a slot of every rate, or of none. That is one call if the counter is idle, two if it is busy, and none if
    /// the limit is off.
    ///
    /// The update adds to a busy rate, and does not compare it with the time that was read. So no request that has a
    /// slot loses a race.
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
            let slots = rates.iter().map(|rate| (rate, rate.slot(found.get(rate.attribute).copied(), now)));
            let slots: Vec<_> = slots.collect();
            let refused = slots.iter().filter_map(|(_, slot)| slot.refused()).max();
            if let Some(retry_after) = refused {
                return Err(self.rates_refuse(key, retry_after, now));
            }
            let output = self.rates_add(&key, &slots, now).send().await;
            let Err(error) = output else {
                let was_idle = slots.iter().all(|(_, slot)| *slot == Slot::Idle);
                return Ok(HeldSlot { key, was_idle });
            };
            let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
            else {
                return Err(failure(&error));
            };
            let item = failed.item();
            found = rates
                .iter()
                .filter_map(|rate| Some((rate.attribute, empty_at(item?, rate.attribute)?)))
                .collect();
        }
        Err(Error::Unavailable(Cause::new("other requests changed a counter of rates in every try")))
    }

    /// The update that adds an attempt to each rate, on the condition that an idle one is still idle, and that a busy
    /// one still has room.
    fn rates_add(
        &self,
        key: &CounterKey,
        slots: &[(&Rate, Slot)],
        now: Timestamp,
    ) -> UpdateItemFluentBuilder {
        let end = slots.iter().map(|(rate, _)| now + rate.period()).max().unwrap_or(now);
        let mut update = self
            .update(key)
            .expression_attribute_values(":now", number(milliseconds(now)))
            .expression_attribute_values(":end", number(end.as_seconds()));
        let (mut changes, mut conditions) = (vec!["expires_at = :end".to_owned()], Vec::new());
        for (rate, slot) in slots {
            let name = rate.attribute;
            if let Slot::Busy(fullest) = slot {
                changes.push(format!("{name} = {name} + :{name}"));
                conditions.push(format!("{name} > :now AND {name} <= :fullest_{name}"));
                update = update.expression_attribute_values(format!(":fullest_{name}"), number(*fullest));
            } else {
                changes.push(format!("{name} = :now + :{name}"));
                conditions.push(format!("(attribute_not_exists({name}) OR {name} <= :now)"));
            }
            update = update.expression_attribute_values(format!(":{name}"), number(rate.interval));
        }
        update
            .update_expression(format!("SET {}", changes.join(", ")))
            .condition_expression(conditions.join(" AND "))
    }

    /// Releases a slot. If that fails, the slot stays taken until the bucket has emptied.
    /// A slot that the counter had free is free again after one interval, so it costs no call.
    pub(super) async fn rates_release(&self, slot: &HeldSlot, rates: &RateLimit) {
        if !slot.was_idle {
            self.rates_give_back(slot, rates).await;
        }
    }

    /// Releases a slot now, even if its interval is short.
    pub(super) async fn rates_give_back(&self, slot: &HeldSlot, RateLimit(rates): &RateLimit) {
        if rates.is_empty() {
            return;
        }
        let changes: Vec<String> =
            rates.iter().map(|rate| format!("{0} = {0} - :{0}", rate.attribute)).collect();
        let mut update = self
            .update(&slot.key)
            .update_expression(format!("SET {}", changes.join(", ")))
            .condition_expression("attribute_exists(#key)")
            .expression_attribute_names("#key", "key");
        for rate in rates {
            update =
                update.expression_attribute_values(format!(":{}", rate.attribute), number(rate.interval));
        }
        release(update, "a rate keeps a slot that was not used").await;
    }
}

fn empty_at(item: &Item, attribute: &str) -> Option<i64> {
    item.get(attribute)?.as_n().ok()?.parse().ok()
}
