//! The creation of an account.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::account::user::User;
use crate::error::Error;
use crate::mail::Mail;
use crate::password::hash::StoredHash;
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::Ended;
use crate::store::accounts::writes::{delete_session, put_new};
use crate::store::credentials::Credential;

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

impl Accounts {
    /// Creates an account with its first session, asks for proof of its email address, and ends the presented session,
    /// all in one transaction.
    ///
    /// # Errors
    /// [`Error::Taken`] if another account has the username or the email, [`Error::Unavailable`], after which the
    /// account may exist, or [`Error::Internal`].
    pub async fn create(&self, sign_up: &SignUp<'_>) -> Result<(), Error> {
        // The new id is random, and the same in all tries.
        let token = sign_up.user.user_id.as_str();
        match self.transact(token, self.items(sign_up)?).await? {
            Ended::Applied => Ok(()),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                // The new random id exists already. So an earlier try was applied, and its response was lost.
                [true, ..] => Ok(()),
                [_, username, email, ..] if *username || *email => {
                    Err(Error::Taken { username: *username, email: *email })
                }
                _ => Err(error),
            },
        }
    }

    /// The writes of a sign-up, in the order that [`Accounts::create`] expects: user, username, email, session.
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
            items.push(delete_session(&self.sessions, presented)?);
        }
        if let Some(mails) = &self.mails {
            items.push(mails.write(sign_up.mail)?);
        }
        Ok(items)
    }
}
