//! The sessions table, with the partition key `user_id` and the sort key `session_id`.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, ReturnValue, WriteRequest};
use futures_util::future::try_join_all;

use crate::account::user::{User, UserId};
use crate::aws::failure;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::secret::SecretHash;
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::store::attempts::Attempts;
use crate::store::item::{Deletion, Item, parse, text};
use crate::store::remembered::Remembered;
use crate::time::Timestamp;

/// The sessions table.
#[derive(Debug, Clone)]
pub struct Sessions {
    pub(super) client: Client,
    pub(super) table: String,
    /// The sessions that this execution environment has seen to have no item. Such a session never gets one: its id is
    /// the hash of a random secret, which a cookie holds only after the item was written.
    pub(super) dead: Remembered<SecretHash, ()>,
}

/// What a deletion found.
#[derive(Debug)]
pub struct Deleted {
    /// The item that was deleted. `None` if there was none.
    pub session: Option<Session>,
    /// Whether the request was sent more than once. Then an earlier attempt may have deleted the item.
    pub retried: bool,
}

/// Sessions of a user.
#[derive(Debug)]
pub struct SessionList {
    /// The sessions. Those of a list are the newest first.
    pub sessions: Vec<Session>,
    /// Whether there may be others.
    pub has_more: bool,
}

impl SessionList {
    /// The most sessions of a list.
    pub const MOST: usize = 100;
    /// The most sessions of a download.
    pub const ALL: usize = 1_000;
}

impl Sessions {
    /// The table that `SESSIONS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        let table = environment.table("SESSIONS_TABLE")?;
        Ok(Self { client: client.clone(), table, dead: Remembered::default() })
    }

    /// The write that ends a session.
    pub(super) fn deletion(&self, user_id: &UserId, session_id: &SecretHash) -> Result<Deletion, Error> {
        let (user_id, session_id) = key(user_id, session_id);
        let key = [("user_id".to_owned(), user_id), ("session_id".to_owned(), session_id)];
        Deletion::new(&self.table, Item::from(key))
    }

    /// Ends the presented session by deleting its item. That costs no call if the session is known to have none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`]. The item may then exist or not.
    pub async fn delete(&self, presented: &PresentedSession) -> Result<Deleted, Error> {
        let session_id = presented.session_id();
        if self.dead.get(&session_id).is_some() {
            return Ok(Deleted { session: None, retried: false });
        }
        let deleted = self.delete_of(&presented.user_id, &session_id).await?;
        self.dead.insert(session_id, ());
        Ok(deleted)
    }

    /// Ends a session of a user by deleting its item, whether or not there is one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`]. The item may then exist or not.
    pub async fn delete_of(&self, user_id: &UserId, session_id: &SecretHash) -> Result<Deleted, Error> {
        let attempts = Attempts::default();
        let delete = self.client.delete_item().table_name(&self.table).return_values(ReturnValue::AllOld);
        let (partition_key, sort_key) = key(user_id, session_id);
        let delete = delete.key("user_id", partition_key).key("session_id", sort_key);
        let output = delete
            .customize()
            .interceptor(attempts.counter())
            .send()
            .await
            .map_err(|error| failure(&error))?;
        let session = output.attributes.map(|item| parse(&self.table, item)).transpose()?;
        Ok(Deleted { session, retried: attempts.is_retried() })
    }

    /// The active sessions of a user, the newest first, at most [`SessionList::MOST`] of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn list(&self, user: &User, now: Timestamp) -> Result<SessionList, Error> {
        // A user with thousands of sessions must not make a page dear.
        let page = self.of_user(&user.user_id).limit(300).send().await.map_err(|error| failure(&error))?;
        let items = page.items.unwrap_or_default().into_iter();
        let sessions: Result<Vec<Session>, Error> = items.map(|item| parse(&self.table, item)).collect();
        let mut sessions: Vec<_> =
            sessions?.into_iter().filter(|session| session.is_live(user, now)).collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
        let has_more = page.last_evaluated_key.is_some() || sessions.len() > SessionList::MOST;
        sessions.truncate(SessionList::MOST);
        Ok(SessionList { sessions, has_more })
    }

    /// The items of a user's sessions, whether or not they are active, at most [`SessionList::ALL`] of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn all(&self, user_id: &UserId) -> Result<SessionList, Error> {
        let (mut sessions, mut start) = (Vec::new(), None);
        loop {
            let query = self.of_user(user_id).set_exclusive_start_key(start);
            let page = query.send().await.map_err(|error| failure(&error))?;
            for item in page.items.unwrap_or_default() {
                sessions.push(parse(&self.table, item)?);
            }
            start = page.last_evaluated_key;
            let has_more = start.is_some() || sessions.len() > SessionList::ALL;
            if start.is_none() || sessions.len() >= SessionList::ALL {
                sessions.truncate(SessionList::ALL);
                return Ok(SessionList { sessions, has_more });
            }
        }
    }

    /// Deletes items of a user's sessions, at most 25, all at once. They were active no longer. If that fails, the log
    /// says so, and DynamoDB's time to live deletes them.
    pub async fn delete_items(&self, user_id: &UserId) {
        let deleted = async {
            let query = self.of_user(user_id).limit(25).projection_expression("user_id, session_id");
            let page = query.send().await.map_err(|error| failure(&error))?;
            let keys = page.items.unwrap_or_default().into_iter();
            // Not in a batch: a role that may write one may also put a session there.
            try_join_all(keys.map(|key| self.delete_item(key))).await
        };
        if let Err(error) = deleted.await {
            tracing::warn!("items of ended sessions stay until their end: {error}");
        }
    }

    /// Deletes every item of a user's sessions, and returns how many there were. `progress` gets the number so far.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`]. The items so far are deleted.
    pub async fn delete_all(&self, user_id: &UserId, progress: impl Fn(usize)) -> Result<usize, Error> {
        let (mut count, mut start) = (0, None);
        loop {
            let query = self.of_user(user_id).projection_expression("user_id, session_id").limit(25);
            let page = query.set_exclusive_start_key(start).send().await.map_err(|error| failure(&error))?;
            let keys = page.items.unwrap_or_default();
            count += keys.len();
            try_join_all(keys.into_iter().map(|key| self.delete_item(key))).await?;
            progress(count);
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    async fn delete_item(&self, key: Item) -> Result<(), Error> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key));
        delete.send().await.map(drop).map_err(|error| failure(&error))
    }

    fn of_user(&self, user_id: &UserId) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        query
            .key_condition_expression("user_id = :user_id")
            .expression_attribute_values(":user_id", text(user_id.as_str()))
    }
}

/// The write of a new session. Its key is random, so a retry only writes the same item again.
pub(super) fn put(session: &Session) -> Result<WriteRequest, Error> {
    let item = serde_dynamo::to_item(session).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    let put = PutRequest::builder().set_item(Some(item)).build();
    let put = put.map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    Ok(WriteRequest::builder().put_request(put).build())
}

/// The partition key and the sort key of a session's item.
pub(super) fn key(user_id: &UserId, session_id: &SecretHash) -> (AttributeValue, AttributeValue) {
    (text(user_id.as_str()), text(session_id.as_str()))
}
