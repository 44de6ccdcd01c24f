//! Accounts. An account is a user and two credentials, which are written together or not at all.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use serde::Serialize;

use crate::account::user::User;
use crate::aws::failure;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::mail::Mail;
use crate::password::hash::StoredHash;
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::store::client::back_off;
use crate::store::credentials::Credential;
use crate::store::item::text;
use crate::store::mails::Mails;
use crate::store::sessions;

/// How often a transaction is tried again after a conflict with another one. The SDK does not retry conflicts.
const CONFLICT_RETRIES: u32 = 3;

/// The tables that hold accounts, and the table of the sessions that begin or end with a sign-up.
#[derive(Debug, Clone)]
pub struct Accounts {
    client: Client,
    users: String,
    credentials: String,
    sessions: String,
    mails: Option<Mails>,
}

/// Everything that a sign-up writes.
#[derive(Debug)]
pub struct SignUp<'a> {
    /// The new user. No account may have the username or the email yet.
    pub user: &'a User,
    /// The hash of the new password.
    pub password_hash: &'a StoredHash,
    /// The session that begins.
    pub session: &'a Session,
    /// The session that the request presented, which ends.
    pub presented: Option<&'a PresentedSession>,
    /// The mail that asks the user to confirm the email address. It is not written where mail is off.
    pub mail: &'a Mail,
}

/// Why a transaction was cancelled.
enum Cancelled {
    /// The new random user id exists already. So an earlier try was applied, and its response was lost.
    Applied,
    /// Another account has the username or the email.
    Taken(Error),
    /// Another transaction was changing the same items, or a table was throttled. Another try may succeed.
    Busy,
    /// For another reason.
    Otherwise,
}

impl Accounts {
    /// The tables that `USERS_TABLE`, `CREDENTIALS_TABLE` and `SESSIONS_TABLE` name.
    ///
    /// # Errors
    /// When a variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            client: client.clone(),
            users: environment.table("USERS_TABLE")?,
            credentials: environment.table("CREDENTIALS_TABLE")?,
            sessions: environment.table("SESSIONS_TABLE")?,
            mails: Mails::if_on(client, environment),
        })
    }

    /// Creates an account with its first session, asks for proof of its email address, and ends the presented session,
    /// all in one transaction.
    ///
    /// # Errors
    /// [`Error::Taken`] if another account has the username or the email, [`Error::Unavailable`], after which the
    /// account may exist, or [`Error::Internal`].
    pub async fn create(&self, sign_up: &SignUp<'_>) -> Result<(), Error> {
        let items = self.items(sign_up)?;
        for retries in 0.. {
            let transaction = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                // The new id is random, and the same in all tries. So DynamoDB applies the transaction once.
                .client_request_token(sign_up.user.user_id.as_str());
            let Err(error) = transaction.send().await else { return Ok(()) };
            match cancellation(&error) {
                Cancelled::Applied => return Ok(()),
                Cancelled::Taken(taken) => return Err(taken),
                Cancelled::Busy if retries < CONFLICT_RETRIES => back_off(retries).await?,
                Cancelled::Busy => break,
                Cancelled::Otherwise => return Err(failure(&error)),
            }
        }
        Err(Error::Unavailable(Cause::new("every try of the transaction met a conflict or throttling")))
    }

    /// Raises the epoch of a user and of both credentials. That ends all sessions of the user, also one of a login that
    /// is under way. The epoch only ever grows, so no former one returns with its sessions.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also when the user has changed since it was read, or [`Error::Internal`].
    pub async fn raise_epoch(&self, user: &User) -> Result<(), Error> {
        let one = AttributeValue::N("1".to_owned());
        let change = Update::builder()
            .table_name(&self.users)
            .key("user_id", text(user.user_id.as_str()))
            .update_expression("ADD epoch :one, version :one")
            .condition_expression("version = :read")
            .expression_attribute_values(":one", one.clone())
            .expression_attribute_values(":read", AttributeValue::N(user.version.to_string()));
        let mut transaction = self.client.transact_write_items().transact_items(
            TransactWriteItem::builder().update(change.build().map_err(|error| unbuilt(&error))?).build(),
        );
        for identifier in user.identifiers() {
            let change = Update::builder()
                .table_name(&self.credentials)
                .key("identifier", text(identifier.as_str()))
                .update_expression("ADD epoch :one")
                .condition_expression("user_id = :user_id")
                .expression_attribute_values(":one", one.clone())
                .expression_attribute_values(":user_id", text(user.user_id.as_str()));
            let change =
                TransactWriteItem::builder().update(change.build().map_err(|error| unbuilt(&error))?);
            transaction = transaction.transact_items(change.build());
        }
        transaction.send().await.map(drop).map_err(|error| match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(_)) => {
                Error::Unavailable(Cause::from_error(&error))
            }
            _ => failure(&error),
        })
    }

    /// The writes of a sign-up, in the order that [`cancellation`] expects: user, username, email, session.
    fn items(&self, sign_up: &SignUp<'_>) -> Result<Vec<TransactWriteItem>, Error> {
        let credential = |identifier| Credential {
            identifier,
            user_id: sign_up.user.user_id.clone(),
            epoch: sign_up.user.epoch,
            password_hash: Some(sign_up.password_hash.clone()),
        };
        let [username, email] = sign_up.user.identifiers().map(credential);
        let mut items = vec![
            put_new(&self.users, sign_up.user, "user_id")?,
            put_new(&self.credentials, &username, "identifier")?,
            put_new(&self.credentials, &email, "identifier")?,
            put_new(&self.sessions, sign_up.session, "session_id")?,
        ];
        if let Some(presented) = sign_up.presented {
            let (user_id, session_id) = sessions::key(&presented.user_id, &presented.session_id());
            let delete = Delete::builder().table_name(&self.sessions);
            let delete = delete.key("user_id", user_id).key("session_id", session_id);
            items.push(
                TransactWriteItem::builder().delete(delete.build().map_err(|error| unbuilt(&error))?).build(),
            );
        }
        if let Some(mails) = &self.mails {
            items.push(mails.write(sign_up.mail)?);
        }
        Ok(items)
    }
}

/// The write of a new item, on the condition that its key does not exist yet.
fn put_new(table: &str, new: &impl Serialize, key: &str) -> Result<TransactWriteItem, Error> {
    let item = serde_dynamo::to_item(new).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    let put = Put::builder().table_name(table).set_item(Some(item));
    // The response must not contain the existing item, which may hold the password hash of another user.
    let put = put.condition_expression("attribute_not_exists(#key)").expression_attribute_names("#key", key);
    Ok(TransactWriteItem::builder().put(put.build().map_err(|error| unbuilt(&error))?).build())
}

fn unbuilt(error: &BuildError) -> Error {
    Error::Internal(Cause::from_error(error))
}

/// Why a transaction failed, from the reason that DynamoDB gives for each of its writes.
fn cancellation(error: &SdkError<TransactWriteItemsError>) -> Cancelled {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return Cancelled::Otherwise;
    };
    let codes: Vec<&str> =
        cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None")).collect();
    let failed = |position: usize| codes.get(position) == Some(&"ConditionalCheckFailed");
    let (user, username, email) = (failed(0), failed(1), failed(2));
    if user {
        Cancelled::Applied
    } else if username || email {
        Cancelled::Taken(Error::Taken { username, email })
    } else if codes.iter().all(|code| {
        matches!(*code, "None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
    }) {
        Cancelled::Busy
    } else {
        Cancelled::Otherwise
    }
}
