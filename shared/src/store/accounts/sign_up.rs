//! The creation of an account.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::account::user::User;
use crate::error::Error;
use crate::mail::Mail;
use crate::password::hash::StoredHash;
use crate::proof::Proof;
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::store::accounts::identifiers::{HeldFor, take};
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::Ended;
use crate::store::accounts::writes::{delete_session, put_new};
use crate::store::credentials::Credential;
use crate::store::proofs;

/// Everything that a sign-up writes.
#[derive(Debug)]
pub struct SignUp<'a> {
    /// The new user. No account may have the username or the email yet.
    pub user: &'a User,
    /// The hash of the new password. `None` if the user is to choose one by a link.
    pub password_hash: Option<&'a StoredHash>,
    /// The session that begins. `None` if an operator creates the account.
    pub session: Option<&'a Session>,
    /// The session that the request presented, which ends.
    pub presented: Option<&'a PresentedSession>,
    /// What becomes of the email address.
    pub address: Address<'a>,
}

/// What a sign-up knows of the email address.
#[derive(Debug)]
pub enum Address<'a> {
    /// Nothing: this mail has a link that confirms it. It is not written where mail is off.
    Typed(&'a Mail),
    /// The user has proved that it is theirs, by this proof, which is used up.
    Proven(&'a Proof),
    /// What the operator knows who creates the account.
    Known,
}

impl Accounts {
    /// Creates an account with its first session, asks for proof of its email address unless it is proven, and ends the
    /// presented session, all in one transaction. Whether it was done is the result: not if the proof has ended.
    ///
    /// # Errors
    /// [`Error::Taken`] if another account has the username or the email, [`Error::Unavailable`], after which the
    /// account may exist, or [`Error::Internal`].
    pub async fn create(&self, sign_up: &SignUp<'_>) -> Result<bool, Error> {
        // The new id is random, and the same in all tries.
        let token = sign_up.user.user_id.as_str();
        match self.transact(token, self.items(sign_up)?).await? {
            Ended::Applied => Ok(true),
            Ended::Failed { conditions, error } => match conditions.as_slice() {
                // The new random id exists already. So an earlier try was applied, and its response was lost.
                [true, ..] => Ok(true),
                [.., true] if matches!(sign_up.address, Address::Proven(_)) => Ok(false),
                [_, username, email, ..] if *username || *email => {
                    Err(Error::Taken { username: *username, email: *email })
                }
                _ => Err(error),
            },
        }
    }

    /// The writes of a sign-up, in the order that [`Accounts::create`] expects: user, username, email, session, and at
    /// last the proof.
    fn items(&self, sign_up: &SignUp<'_>) -> Result<Vec<TransactWriteItem>, Error> {
        let (user, now) = (sign_up.user, sign_up.user.created_at);
        let credential = |identifier| {
            let credential = Credential {
                identifier,
                user_id: user.user_id.clone(),
                epoch: user.epoch,
                password_hash: sign_up.password_hash.cloned(),
                held_until: None,
                imported: None,
            };
            take(&self.credentials, &credential, HeldFor::Anyone, now)
        };
        let [username, email] = user.identifiers().map(credential);
        let mut items = vec![put_new(&self.users, sign_up.user, "user_id")?, username?, email?];
        if let Some(session) = sign_up.session {
            items.push(put_new(&self.sessions, session, "session_id")?);
        }
        if let Some(presented) = sign_up.presented {
            items.push(delete_session(&self.sessions, presented)?);
        }
        match sign_up.address {
            Address::Typed(mail) => {
                items.extend(self.mails.as_ref().map(|mails| mails.write(mail)).transpose()?);
            }
            Address::Proven(proof) => items.push(proofs::redemption(self.proofs()?, proof, now)?),
            Address::Known => {}
        }
        Ok(items)
    }
}
