//! Proofs: single-use secrets that only the reader of a mail has, each for one purpose.
//!
//! The mailer makes the secret when it sends the link. The item of the proofs table has only its hash. The transaction
//! that does what the link is for deletes the item, so a proof counts once or not at all.

use serde::{Deserialize, Serialize};

use crate::account::email::Email;
use crate::account::user::UserId;
use crate::error::Error;
use crate::secret::SecretHash;
use crate::time::Timestamp;

/// What a proof is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To prove that the email address of a user is theirs, in a session of that user.
    Verify,
    /// To choose a new password for the user who has an email address.
    Reset,
    /// To make an email address that of a user, in a session of that user.
    ChangeEmail,
    /// To give an account back to whom its former email address belongs.
    UndoEmail,
    /// To take a deleted account back.
    UndoDeletion,
    /// To sign up with an email address.
    SignUp,
    /// One that this version does not know, and does not accept.
    #[serde(other)]
    Other,
}

impl Purpose {
    /// The name, as the item writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::ChangeEmail => "change_email",
            Self::UndoEmail => "undo_email",
            Self::UndoDeletion => "undo_deletion",
            Self::SignUp => "sign_up",
            Self::Other => "other",
        }
    }
}

/// An item of the proofs table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The primary key: the hash of the secret in the link.
    pub proof_id: SecretHash,
    /// What it is good for.
    pub purpose: Purpose,
    /// The email address that it proves, in its canonical form.
    pub email: String,
    /// The same as people read it, where the proof makes it that of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_shown: Option<String>,
    /// The user for whom it was made. `None` for a sign-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The epoch of the user that it needs. What raises the epoch ends the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its end. DynamoDB's time to live deletes the item some time later.
    pub expires_at: Timestamp,
}

impl Proof {
    /// The email address that it proves, as it was typed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the item is malformed.
    pub fn address(&self) -> Result<Email, Error> {
        let address = Email::parse(self.email_shown.as_deref().unwrap_or(&self.email));
        address.map_err(|_| Error::internal("the address of a proof is malformed"))
    }
}
