//! The renewal of sessions.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use crate::aws::failure;
use crate::error::Error;
use crate::session::lifetimes::Lifetimes;
use crate::session::record::Session;
use crate::store::item::parse;
use crate::store::sessions::{Sessions, key};
use crate::time::Timestamp;

impl Sessions {
    /// The session as it is from now on. A session is renewed after its active period. `None` if it has ended in the
    /// meantime.
    pub async fn renew_if_due(
        &self,
        session: Session,
        lifetimes: Lifetimes,
        now: Timestamp,
        request_id: &str,
    ) -> Option<Session> {
        let Some(renewed) = session.renewed(lifetimes, now) else { return Some(session) };
        self.renew(&session, renewed, now).await.unwrap_or_else(|error| {
            // The session stays active until its idle end, and the next request tries again.
            tracing::warn!(request_id, "a session could not be renewed: {error}");
            Some(session)
        })
    }

    /// Renews a session, on the condition that no other request has renewed or ended it since it was read. If another
    /// one has renewed it first, the session is as that one has left it.
    async fn renew(
        &self,
        read: &Session,
        renewed: Session,
        now: Timestamp,
    ) -> Result<Option<Session>, Error> {
        let number = |time: Timestamp| AttributeValue::N(time.as_seconds().to_string());
        let (user_id, session_id) = key(&read.user_id, &read.session_id);
        // Without `attribute_exists`, the update would create an item that does not exist.
        let condition = "attribute_exists(session_id) AND expires_at > :now AND active_until = :read";
        let output = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("user_id", user_id)
            .key("session_id", session_id)
            .update_expression(
                "SET active_until = :active, idle_until = :idle, expires_at = :expires, renewed_at = :now",
            )
            .condition_expression(condition)
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":read", number(read.active_until))
            .expression_attribute_values(":active", number(renewed.active_until))
            .expression_attribute_values(":idle", number(renewed.idle_until))
            .expression_attribute_values(":expires", number(renewed.expires_at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = output else { return Ok(Some(renewed)) };
        let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(failure(&error));
        };
        failed.item().map(|item| parse(&self.table, item.clone())).transpose()
    }
}
