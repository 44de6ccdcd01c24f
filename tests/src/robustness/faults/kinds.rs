//! The failures that a database call may meet.

use crate::harness::Fault;

/// The meaning of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A retry may succeed, and the function retries.
    Transient,
    /// A later request may succeed.
    Busy,
    /// The deployment is wrong.
    Fatal,
    /// The item has changed since it was read.
    Condition,
    /// The reasons of a cancelled transaction.
    Cancelled,
}

/// A kind of failure.
#[derive(Debug, Clone)]
pub struct Kind {
    pub name: &'static str,
    pub fault: Fault,
    pub meaning: Meaning,
}

/// Every kind of failure.
pub fn kinds() -> Vec<Kind> {
    use Meaning::{Busy, Cancelled, Condition, Fatal, Transient};
    let mut kinds = vec![
        ("silent", Fault::Silent, Transient),
        ("applied and silent", Fault::AppliedAndSilent, Transient),
        ("broken", Fault::Broken, Transient),
        ("applied and broken", Fault::AppliedAndBroken, Transient),
        ("applied and lost", Fault::AppliedAndLost, Transient),
        ("garbage", Fault::Garbage, Fatal),
        ("conflicts", Fault::cancelled(&["None", "TransactionConflict", "None", "None"]), Cancelled),
        ("throttled", Fault::cancelled(&["ThrottlingError", "None", "None", "None"]), Cancelled),
        ("mixed", Fault::cancelled(&["None", "TransactionConflict", "ValidationError", "None"]), Fatal),
    ];
    for (status, code, meaning) in [
        (400, "ProvisionedThroughputExceededException", Transient),
        (400, "ThrottlingException", Transient),
        (400, "RequestLimitExceeded", Transient),
        (400, "TransactionInProgressException", Transient),
        (500, "InternalServerError", Transient),
        (503, "ServiceUnavailable", Transient),
        (400, "TransactionConflictException", Busy),
        (400, "ConditionalCheckFailedException", Condition),
        (400, "ResourceNotFoundException", Fatal),
        (400, "AccessDeniedException", Fatal),
        (400, "ExpiredTokenException", Fatal),
        (400, "UnrecognizedClientException", Fatal),
        (400, "ValidationException", Fatal),
    ] {
        kinds.push((code, Fault::error(status, code), meaning));
    }
    kinds.into_iter().map(|(name, fault, meaning)| Kind { name, fault, meaning }).collect()
}
