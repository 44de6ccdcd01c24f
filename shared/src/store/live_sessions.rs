//! Active sessions: a session and its user, read together, because both decide whether the session is active.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::account::user::{Status, User};
use crate::aws::{TRIES, failure};
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::store::client::back_off;
use crate::store::credentials::Credential;
use crate::store::item::{Item, row};
use crate::store::sessions::{Sessions, key};
use crate::store::users::Users;
use crate::time::Timestamp;

/// The sessions and the users table.
#[derive(Debug, Clone)]
pub struct LiveSessions {
    client: Client,
    sessions: Sessions,
    users: Users,
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

    /// The presented session and its user, when the session is live; in one read, or in none without a token.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`]; never a wrong "no".
    pub async fn find(
        &self,
        presented: Option<&PresentedSession>,
        now: Timestamp,
    ) -> Result<Option<(Session, User)>, Error> {
        let Some(presented) = presented else { return Ok(None) };
        let (sessions, users) = (&self.sessions.table, &self.users.table);
        let mut asked = self.keys(presented)?;
        let (mut session, mut user) = (None, None);
        for tries in 0..TRIES {
            let read = self.client.batch_get_item().set_request_items(Some(asked)).send().await;
            let answer = read.map_err(|error| failure(&error))?;
            let mut rows = answer.responses.unwrap_or_default();
            session = session.or(rows.remove(sessions).and_then(|mut rows| rows.pop()));
            user = user.or(rows.remove(users).and_then(|mut rows| rows.pop()));
            asked = answer.unprocessed_keys.unwrap_or_default();
            if asked.is_empty() {
                let (Some(session), Some(user)) = (session, user) else { return Ok(None) };
                let (session, user): (Session, User) = (row(sessions, session)?, row(users, user)?);
                return Ok(session.is_live(&user, now).then_some((session, user)));
            }
            back_off(tries).await?;
        }
        Err(Error::Unavailable(Cause::new("DynamoDB left keys unprocessed")))
    }

    /// The keys of both rows, for one strongly consistent read.
    fn keys(&self, presented: &PresentedSession) -> Result<HashMap<String, KeysAndAttributes>, Error> {
        let (user_id, session_id) = key(&presented.user_id, &presented.session_id());
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

    /// Begins a session whose holder has proven the credential, and ends the one that was presented. The user row has
    /// the last word: where it refuses, the new row is left to DynamoDB's time to live.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] unless the user is active and has the epoch of the credential;
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn begin(
        &self,
        session: &Session,
        credential: &Credential,
        presented: Option<&PresentedSession>,
    ) -> Result<User, Error> {
        let end_presented = async {
            match presented {
                Some(presented) => self.sessions.delete(presented).await.map(drop),
                None => Ok(()),
            }
        };
        let (put, get) = (self.sessions.put(session), self.users.get(&credential.user_id));
        let ((), user, ()) = tokio::try_join!(put, get, end_presented)?;
        user.filter(|user| user.status == Status::Active && user.epoch == credential.epoch)
            .ok_or(Error::InvalidCredentials)
    }
}
