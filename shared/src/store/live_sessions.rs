//! Active sessions: a session and its user, read together, because both decide whether the session is active.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::account::status::Status;
use crate::account::user::{User, UserId};
use crate::aws::{TRIES, failure};
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::secret::SecretHash;
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::store::batch;
use crate::store::client::back_off;
use crate::store::credentials::Credential;
use crate::store::item::{Deletion, Item, parse};
use crate::store::sessions::{Sessions, key, put};
use crate::store::users::{Users, parse_user};
use crate::time::Timestamp;

/// The sessions table and the users table, which together say whether a session is active.
#[derive(Debug, Clone)]
pub struct LiveSessions {
    pub(super) client: Client,
    pub(super) sessions: Sessions,
    pub(super) users: Users,
}

impl LiveSessions {
    /// The tables that `SESSIONS_TABLE` and `USERS_TABLE` name.
    ///
    /// # Errors
    /// When a variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            client: client.clone(),
            sessions: Sessions::new(client, environment)?,
            users: Users::new(client, environment)?,
        })
    }

    /// The presented session and its user, from one read. `None` if the session is not active, or the token does not
    /// open it, or, without any read, if none is presented or the session is known to have no item. So a dead token
    /// costs an execution environment one read.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`]. A failed read is never reported as a session that is not active.
    pub async fn find(
        &self,
        presented: Option<&PresentedSession>,
        now: Timestamp,
    ) -> Result<Option<(Session, User)>, Error> {
        let Some(presented) = presented else { return Ok(None) };
        let found = self.find_named(&presented.user_id, &presented.session_id(), now).await?;
        Ok(found.filter(|(session, _)| session.is_opened_by(presented.generation)))
    }

    /// The same of the session with this id, which says nothing about who presents it.
    ///
    /// # Errors
    /// As [`LiveSessions::find`].
    pub async fn find_named(
        &self,
        user_id: &UserId,
        session_id: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(Session, User)>, Error> {
        if self.sessions.dead.get(session_id).is_some() {
            return Ok(None);
        }
        let (sessions, users) = (&self.sessions.table, &self.users.table);
        let mut tables = batch::read(&self.client, self.keys(user_id, session_id)?).await?;
        let mut item = |table| tables.remove(table).and_then(|mut items: Vec<Item>| items.pop());
        let Some(session) = item(sessions) else {
            self.sessions.dead.insert(session_id.clone(), ());
            return Ok(None);
        };
        let Some(user) = item(users) else { return Ok(None) };
        let (session, user): (Session, User) = (parse(sessions, session)?, parse_user(users, user)?);
        Ok(session.is_live(&user, now).then_some((session, user)))
    }

    /// The keys of both items, for one strongly consistent read.
    fn keys(
        &self,
        user_id: &UserId,
        session_id: &SecretHash,
    ) -> Result<HashMap<String, KeysAndAttributes>, Error> {
        let (user_id, session_id) = key(user_id, session_id);
        let user_key = Item::from([("user_id".to_owned(), user_id.clone())]);
        let session_key =
            Item::from([("user_id".to_owned(), user_id), ("session_id".to_owned(), session_id)]);
        let keys = [(&self.sessions.table, session_key), (&self.users.table, user_key)];
        let consistent = keys.into_iter().map(|(table, key)| {
            let keys = KeysAndAttributes::builder().keys(key).consistent_read(true).build();
            keys.map(|keys| (table.clone(), keys)).map_err(|error| Error::Internal(Cause::from_error(&error)))
        });
        consistent.collect()
    }

    /// Begins a session for the user of a credential whose password was verified. The same call ends the presented
    /// session, and deletes the counter of the attempt.
    ///
    /// The session is written while the user is read. If the user is refused, the session's item is not active, and
    /// DynamoDB's time to live deletes it.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] unless the user is active and has the identifier and the epoch of the credential,
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn begin(
        &self,
        session: &Session,
        credential: &Credential,
        presented: Option<&PresentedSession>,
        counter: Deletion,
    ) -> Result<User, Error> {
        let put = self.replace(session, presented, counter);
        let ((), user) = tokio::try_join!(put, self.users.get(&credential.user_id))?;
        // The user must have the identifier, too: a credential alone does not say whose it is.
        let is_owner = |user: &User| user.identifiers().contains(&credential.identifier);
        user.filter(|user| user.status == Status::Active && user.epoch == credential.epoch && is_owner(user))
            .ok_or(Error::InvalidCredentials)
    }

    /// Writes a session, deletes the presented one, and deletes a counter. No write depends on what it finds, so each
    /// may be repeated. If DynamoDB never gets to delete the counter, the log says so, and the session is good.
    async fn replace(
        &self,
        session: &Session,
        presented: Option<&PresentedSession>,
        counter: Deletion,
    ) -> Result<(), Error> {
        let ended = presented.map(|presented| (&presented.user_id, presented.session_id()));
        let ended = ended.filter(|(_, session_id)| self.sessions.dead.get(session_id).is_none());
        let mut sessions = vec![put(session)?];
        if let Some((user_id, session_id)) = &ended {
            sessions.push(self.sessions.deletion(user_id, session_id)?.write);
        }
        let table = &self.sessions.table;
        let mut writes = HashMap::from([(table.clone(), sessions), (counter.table, vec![counter.write])]);
        for tries in 0..TRIES {
            let output = self.client.batch_write_item().set_request_items(Some(writes)).send().await;
            writes = output.map_err(|error| failure(&error))?.unprocessed_items.unwrap_or_default();
            if writes.is_empty() {
                break;
            }
            back_off(tries).await?;
        }
        if writes.contains_key(table) {
            return Err(Error::Unavailable(Cause::new("DynamoDB left writes unprocessed in every try")));
        }
        if !writes.is_empty() {
            tracing::warn!("the failures before a successful login stay counted: left unprocessed");
        }
        if let Some((_, session_id)) = ended {
            self.sessions.dead.insert(session_id, ());
        }
        Ok(())
    }
}
