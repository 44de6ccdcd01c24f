//! The exchange of a refresh token for its successor (RFC 9700, 4.14.2).
//!
//! One conditional write replaces the token, and nothing else does. Its condition fails for a token that was replaced
//! before. Then the item, which comes with the failure, says what to do:
//!
//! - The token is the one before the newest, and was replaced a moment ago: the client has sent it twice at once, or an
//!   answer was lost on the way. It gets the newest token, and nothing is written.
//! - It was replaced earlier: the client never got the newest token, or never stored it. It gets another one, in place
//!   of the newest. So a client that loses answers is never logged out.
//! - It is an older one: the client had its successor, so someone else has this one. The session ends.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use crate::account::user::User;
use crate::aws::failure;
use crate::error::{Cause, Error};
use crate::session::lifetimes::Lifetimes;
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::store::item::{number, parse};
use crate::store::live_sessions::LiveSessions;
use crate::store::sessions::key;
use crate::time::{Seconds, Timestamp};

/// For how long a replaced token gets the same successor again.
const AGAIN: Seconds = Seconds(10);

/// How often a token that other requests replace meanwhile is looked at.
const TRIES: usize = 3;

/// What became of a refresh token.
#[derive(Debug)]
pub enum Refreshed {
    /// The session, whose generation is that of the newest token, and its user.
    Active(Box<(Session, User)>),
    /// The session is not active, or has no refresh token.
    Dead,
    /// The token was used again after its successor was. The session has ended.
    Reused,
}

/// What the conditional write found.
enum Found {
    /// It has replaced the token: the item is this now.
    Replaced(Session),
    /// It has not, because the item is this, or does not exist.
    Unchanged(Option<Session>),
}

impl LiveSessions {
    /// Replaces the refresh token that presents a session, and renews the session.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which the token may be replaced: the client may send it again. Or
    /// [`Error::Internal`].
    pub async fn refresh(
        &self,
        presented: &PresentedSession,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Result<Refreshed, Error> {
        let session_id = presented.session_id();
        let Some(used) = presented.generation else { return Ok(Refreshed::Dead) };
        if self.sessions.dead.get(&session_id).is_some() {
            return Ok(Refreshed::Dead);
        }
        let (mut found, owner) = tokio::try_join!(
            self.replace_token(presented, used, lifetimes, now),
            self.users.get(&presented.user_id)
        )?;
        let Some(mut owner) = owner else { return Ok(Refreshed::Dead) };
        for _ in 0..TRIES {
            let (mut session, is_replaced) = match found {
                Found::Replaced(session) => (session, true),
                Found::Unchanged(Some(session)) => (session, false),
                Found::Unchanged(None) => {
                    self.sessions.dead.insert(session_id, ());
                    return Ok(Refreshed::Dead);
                }
            };
            // A request of this session that ends the others raises both epochs, perhaps between the two reads.
            if session.epoch != owner.epoch {
                match self.find_named(&presented.user_id, &session_id, now).await? {
                    Some(both) => (session, owner) = both,
                    None => return Ok(Refreshed::Dead),
                }
            }
            let Some(newest) = session.generation.filter(|_| session.is_live(&owner, now)) else {
                return Ok(Refreshed::Dead);
            };
            let is_recent = session.renewed_at.is_some_and(|replaced_at| now - replaced_at <= AGAIN);
            if is_replaced || session.previous == Some(used) && is_recent {
                return Ok(Refreshed::Active(Box::new((session, owner))));
            }
            if !session.is_opened_by(Some(used)) {
                self.sessions.delete(presented).await?;
                return Ok(Refreshed::Reused);
            }
            found = self.replace_token(presented, newest, lifetimes, now).await?;
        }
        Err(Error::Unavailable(Cause::new("other requests kept replacing a refresh token")))
    }

    /// Makes the presented token the replaced one, and the generation after `newest` the newest one, on the condition
    /// that `newest` still is, and that the presented token is this one or the one before it.
    async fn replace_token(
        &self,
        presented: &PresentedSession,
        newest: u64,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Result<Found, Error> {
        let used = presented.generation.unwrap_or(newest);
        let (user_id, session_id) = key(&presented.user_id, &presented.session_id());
        let is_newest = "generation = :newest AND expires_at > :now";
        let condition =
            if used == newest { is_newest.to_owned() } else { format!("{is_newest} AND previous = :used") };
        let idle_until = now + lifetimes.idle;
        let output = self
            .client
            .update_item()
            .table_name(&self.sessions.table)
            .key("user_id", user_id)
            .key("session_id", session_id)
            .update_expression(
                "SET generation = :next, previous = :used, renewed_at = :now, active_until = :active, \
                 idle_until = :idle, expires_at = :expires",
            )
            .condition_expression(condition)
            .expression_attribute_values(":newest", number(newest))
            .expression_attribute_values(":next", number(newest + 1))
            .expression_attribute_values(":used", number(used))
            .expression_attribute_values(":now", number(now.as_seconds()))
            .expression_attribute_values(":active", number((now + lifetimes.active).as_seconds()))
            .expression_attribute_values(":idle", number(idle_until.as_seconds()))
            .expression_attribute_values(
                ":expires",
                number(presented.absolute_until.min(idle_until).as_seconds()),
            )
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let table = &self.sessions.table;
        let error = match output {
            Ok(output) => {
                let item = output.attributes.ok_or_else(|| Error::internal("an update returned no item"))?;
                return Ok(Found::Replaced(parse(table, item)?));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                let session = failed.item().map(|item| parse(table, item.clone())).transpose()?;
                Ok(Found::Unchanged(session))
            }
            _ => Err(failure(&error)),
        }
    }
}
