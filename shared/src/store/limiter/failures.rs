//! The counters of failures. An attempt counts as a failure until it has succeeded.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use crate::aws::failure;
use crate::error::{Cause, Error};
use crate::limits::failures::{Attempt, FORGOTTEN_AFTER, FailureLimit, Failures};
use crate::store::item::{number, parse, text};
use crate::store::limiter::counters::{CounterKey, Limits, release};
use crate::time::{Seconds, Timestamp};

/// How often an update is tried while other requests change the counter.
const TRIES: u32 = 5;
/// An attempt may still be under way for this long after it was counted.
const UNDER_WAY: Seconds = Seconds(1);

/// An attempt that was counted.
#[derive(Debug)]
pub(super) struct Reserved {
    pub(super) key: CounterKey,
    /// For an attempt after a delay: the counter that it found, and the counter that it left.
    after_delay: Option<[Failures; 2]>,
}

impl Reserved {
    /// Whether this failure disables the identifier, if the attempt does not succeed.
    pub(super) fn disables(&self) -> bool {
        self.after_delay.as_ref().is_some_and(|[_, left]| left.expires_at.is_none())
    }
}

impl Limits {
    /// Counts an attempt, or refuses it.
    ///
    /// Correct logins that are under way use up free attempts, too. A moment later they have released them. So a
    /// refusal right after another attempt says to try again after that moment, whatever the delay is.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`] or [`Error::Internal`].
    pub(super) async fn failures_count(
        &self,
        key: &CounterKey,
        limit: FailureLimit,
        now: Timestamp,
    ) -> Result<Reserved, Error> {
        let mut found: Option<Failures> = None;
        for _ in 0..TRIES {
            let attempt = found.as_ref().map_or(Attempt::Free, |found| limit.attempt(found, now));
            let (update, after_delay) = match (attempt, found) {
                (Attempt::Refused(retry_after), Some(found)) => {
                    let is_under_way = now - found.last_at <= UNDER_WAY;
                    let retry_after = if is_under_way { UNDER_WAY } else { retry_after };
                    return Err(Error::TooManyAttempts { retry_after });
                }
                (Attempt::First, Some(found)) => (self.failures_set(key, &limit.after(1, now), &found), None),
                (Attempt::Next, Some(found)) => {
                    let left = limit.after(found.failures.saturating_add(1), now);
                    (self.failures_set(key, &left, &found), Some([found, left]))
                }
                _ => (self.failures_add(key, limit, now), None),
            };
            let Err(error) = update.send().await else {
                return Ok(Reserved { key: key.clone(), after_delay });
            };
            let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
            else {
                return Err(failure(&error));
            };
            found = failed.item().map(|item| parse(&self.table, item.clone())).transpose()?;
        }
        Err(Error::Unavailable(Cause::new("other requests changed a counter of failures in every try")))
    }

    /// Releases an attempt whose password was not verified. If that fails, the attempt stays counted.
    pub(super) async fn failures_release(&self, reserved: Reserved) {
        let update = match &reserved.after_delay {
            // The counter becomes what it was. Otherwise an attacker whose address is refused could restart the delay
            // again and again.
            Some([found, left]) => self.failures_set(&reserved.key, found, left),
            None => self
                .update(&reserved.key)
                .update_expression("SET failures = failures - :one")
                .condition_expression("failures > :zero")
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":zero", number(0)),
        };
        release(update, "an attempt stays counted although its password was not verified").await;
    }

    /// Deletes a counter. A retry has the same effect as a deletion that arrives late. If it fails, the log says
    /// that the failures stay counted.
    pub(super) async fn failures_forget(&self, key: &CounterKey) {
        let delete = self.client.delete_item().table_name(&self.table).key("key", text(&key.0));
        if let Err(error) = delete.send().await {
            let error = failure(&error);
            tracing::warn!("the failures of an identifier stay counted: {error}");
        }
    }

    /// The update that adds one failure, on the condition that it is free. The first failure creates the item.
    fn failures_add(&self, key: &CounterKey, limit: FailureLimit, now: Timestamp) -> UpdateItemFluentBuilder {
        let counted =
            "SET failures = if_not_exists(failures, :zero) + :one, last_at = :now, expires_at = :end";
        self.update(key)
            .update_expression(counted)
            .condition_expression(
                "attribute_not_exists(#key) OR \
                 (failures < :free AND (attribute_not_exists(expires_at) OR expires_at > :now))",
            )
            .expression_attribute_names("#key", "key")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":free", number(limit.free))
            .expression_attribute_values(":now", number(now.as_seconds()))
            .expression_attribute_values(":end", number((now + FORGOTTEN_AFTER).as_seconds()))
    }

    /// The update that sets a counter, on the condition that it is still as it was found.
    fn failures_set(&self, key: &CounterKey, new: &Failures, found: &Failures) -> UpdateItemFluentBuilder {
        let update = self
            .update(key)
            .condition_expression("failures = :found AND last_at = :found_at")
            .expression_attribute_values(":found", number(found.failures))
            .expression_attribute_values(":found_at", number(found.last_at.as_seconds()))
            .expression_attribute_values(":failures", number(new.failures))
            .expression_attribute_values(":last_at", number(new.last_at.as_seconds()));
        match new.expires_at {
            Some(end) => update
                .update_expression("SET failures = :failures, last_at = :last_at, expires_at = :end")
                .expression_attribute_values(":end", number(end.as_seconds())),
            None => {
                update.update_expression("SET failures = :failures, last_at = :last_at REMOVE expires_at")
            }
        }
    }
}
