//! The faults that a call to AWS can meet.

use serde_json::{Value, json};

/// A fault that a call meets.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The call is not applied, and gets no response.
    Silent,
    /// The call is applied, and gets no response.
    AppliedAndSilent,
    /// The call is not applied, and its connection breaks.
    Broken,
    /// The call is applied, and its connection breaks.
    AppliedAndBroken,
    /// The call is applied, and gets an internal error instead of its response.
    AppliedAndLost,
    /// The call is not applied, and gets this status and body.
    Refused(u16, Value),
    /// The call is not applied, and gets a response that is not JSON.
    Garbage,
    /// Another call of this action, with this request, is applied first.
    After(&'static str, Value),
}

impl Fault {
    /// An error in DynamoDB's format.
    pub fn error(status: u16, code: &str) -> Self {
        Self::Refused(
            status,
            json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": code }),
        )
    }

    /// The cancellation of a transaction, with these reasons.
    pub fn cancelled(reasons: &[&str]) -> Self {
        let reasons: Vec<Value> = reasons.iter().map(|code| json!({ "Code": code })).collect();
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        Self::Refused(400, json!({ "__type": kind, "message": "cancelled", "CancellationReasons": reasons }))
    }
}

/// A fault, and the operation that meets it.
#[derive(Debug)]
pub struct Scripted {
    pub operation: &'static str,
    pub fault: Fault,
    /// Every call meets it, not only the next one.
    pub is_lasting: bool,
}
