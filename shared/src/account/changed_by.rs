//! The operator who last changed a user.

use serde::{Deserialize, Serialize};

/// An operator who has changed a user. It is a claim of the operator's command; AWS's trail of calls has the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedBy {
    /// The version that the change made.
    pub version: u64,
    /// The ARN of the operator's identity.
    pub who: String,
    /// Why, in the operator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
