//! Proofs: single-use secrets that only the reader of a mail has, each for one purpose.
//!
//! The mailer makes the secret when it sends the link. The item of the proofs table has only its hash. The transaction
//! that does what the link is for deletes the item, so a proof counts once or not at all.

use serde::{Deserialize, Serialize};

use crate::account::user::UserId;
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
    /// The user for whom it was made.
    pub user_id: UserId,
    /// The epoch of the user, for a reset. What raises the epoch ends the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its end. DynamoDB's time to live deletes the item some time later.
    pub expires_at: Timestamp,
}
