//! Counters of failures: an attempt is counted as a failure until it has succeeded.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use crate::aws::failure;
use crate::error::{Cause, Error};
use crate::limits::failures::{Attempt, FORGOTTEN_AFTER, FailureLimit, Failures};
use crate::limits::key::CounterKey;
use crate::random;
use crate::store::item::{row, text};
use crate::store::limiter::counters::{Limits, give_back, number};
use crate::time::{Seconds, Timestamp};

/// How often a counter is looked at that others change at the same time.
const TRIES: u32 = 5;
/// So shortly after an attempt it may still be under way.
const UNDER_WAY: Seconds = Seconds(1);

/// A counted attempt.
#[derive(Debug)]
pub(super) struct Reserved {
    key: CounterKey,
    /// The row that the attempt found after a wait, and the row that it left.
    after_wait: Option<[Failures; 2]>,
}

/// What a look at the counter came to.
pub(super) enum Counted {
    Reserved(Reserved),
    Refused {
        retry_after: Seconds,
        /// The attempt before this one was a moment ago.
        under_way: bool,
    },
}

impl Counted {
    /// The counted attempt, or how long to wait.
    pub(super) fn into_result(self) -> Result<Reserved, Error> {
        match self {
            Self::Reserved(reserved) => Ok(reserved),
            Self::Refused { under_way: true, .. } => Err(Error::TooManyAttempts { retry_after: UNDER_WAY }),
            Self::Refused { retry_after, .. } => Err(Error::TooManyAttempts { retry_after }),
        }
    }
}

impl Limits {
    /// Counts an attempt that was refused while others were under way once more, after a moment.
    ///
    /// Right log-ins that are under way take up the free attempts too; in a moment they will have given them back.
    pub(super) async fn failures_count_again(
        &self,
        key: &CounterKey,
        limit: FailureLimit,
        now: Timestamp,
    ) -> Result<Reserved, Error> {
        let [jitter] = random::bytes::<1>()?;
        tokio::time::sleep(Duration::from_millis(200 + u64::from(jitter))).await;
        self.failures_count(key, limit, now).await?.into_result()
    }

    /// Counts an attempt, or refuses it.
    pub(super) async fn failures_count(
        &self,
        key: &CounterKey,
        limit: FailureLimit,
        now: Timestamp,
    ) -> Result<Counted, Error> {
        let mut found: Option<Failures> = None;
        for _ in 0..TRIES {
            let attempt = found.as_ref().map_or(Attempt::Free, |found| limit.attempt(found, now));
            let (update, after_wait) = match (attempt, found) {
                (Attempt::Refused(retry_after), Some(found)) => {
                    return Ok(Counted::Refused { retry_after, under_way: now - found.last_at <= UNDER_WAY });
                }
                (Attempt::First, Some(found)) => (self.failures_set(key, &limit.after(1, now), &found), None),
                (Attempt::Next, Some(found)) => {
                    let left = limit.after(found.failures.saturating_add(1), now);
                    (self.failures_set(key, &left, &found), Some([found, left]))
                }
                _ => (self.failures_add(key, limit, now), None),
            };
            let Err(error) = update.send().await else {
                return Ok(Counted::Reserved(Reserved { key: key.clone(), after_wait }));
            };
            let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
            else {
                return Err(failure(&error));
            };
            found = failed.item().map(|item| row(&self.table, item.clone())).transpose()?;
        }
        Err(Error::Unavailable(Cause::new("a counter of failures changed in every try")))
    }

    /// Takes the count of an attempt back, of which nothing was verified. At worst it stays counted.
    pub(super) async fn failures_release(&self, reserved: Reserved) {
        let update = match &reserved.after_wait {
            // As it was, or somebody whose attempts are refused elsewhere could begin the wait anew for ever.
            Some([found, left]) => self.failures_set(&reserved.key, found, left),
            None => self
                .update(&reserved.key)
                .update_expression("SET failures = failures - :one")
                .condition_expression("failures > :zero")
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":zero", number(0)),
        };
        give_back(update, "an attempt stays counted although nothing was verified").await;
    }

    /// Forgets all failures, after a success. Sent again it does no more than if it had come late.
    pub(super) async fn failures_forget(&self, reserved: &Reserved) {
        let delete =
            self.client.delete_item().table_name(&self.table).key("key", text(reserved.key.as_str()));
        if let Err(error) = delete.send().await {
            let error = failure(&error);
            tracing::warn!("the failures before a log-in that succeeded stay counted: {error}");
        }
    }

    /// One failure more, if it is free. The first one makes the row.
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

    /// Another row, if it is still as it was found.
    fn failures_set(&self, key: &CounterKey, row: &Failures, found: &Failures) -> UpdateItemFluentBuilder {
        let update = self
            .update(key)
            .condition_expression("failures = :found AND last_at = :found_at")
            .expression_attribute_values(":found", number(found.failures))
            .expression_attribute_values(":found_at", number(found.last_at.as_seconds()))
            .expression_attribute_values(":failures", number(row.failures))
            .expression_attribute_values(":last_at", number(row.last_at.as_seconds()));
        match row.expires_at {
            Some(end) => update
                .update_expression("SET failures = :failures, last_at = :last_at, expires_at = :end")
                .expression_attribute_values(":end", number(end.as_seconds())),
            None => {
                update.update_expression("SET failures = :failures, last_at = :last_at REMOVE expires_at")
            }
        }
    }
}
