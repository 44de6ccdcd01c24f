//! The log entry of a mail. It names neither the user nor the address, and has no token.

use latchkey::log;
use latchkey::mail::MailId;
use latchkey::time::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::delivery::{Delivered, Outcome};

#[derive(Serialize)]
struct Entry<'a> {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    mail: &'a MailId,
    kind: Option<&'static str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    milliseconds: f64,
    #[serde(flatten)]
    metrics: Map<String, Value>,
}

/// Writes the log entry of a mail.
pub(crate) fn write(
    stack: &str,
    mail: &MailId,
    Delivered { kind, outcome }: &Delivered,
    milliseconds: f64,
    now: Timestamp,
) {
    let (level, name, metric) = match outcome {
        Outcome::Sent(_) => ("INFO", "sent", Some("MailsSent")),
        Outcome::Dropped => ("INFO", "dropped", None),
        Outcome::Capped => ("WARN", "capped", Some("MailsCapped")),
        Outcome::Again(_) => ("WARN", "again", None),
        Outcome::Lost(_) => ("ERROR", "lost", Some("MailsLost")),
    };
    let message_id = if let Outcome::Sent(id) = outcome { Some(id.as_str()) } else { None };
    let error = match outcome {
        Outcome::Again(error) | Outcome::Lost(error) => Some(error.to_string()),
        _ => None,
    };
    let metrics = log::metrics(stack, metric.as_slice(), now);
    let timestamp = now.to_rfc3339();
    log::write(&Entry {
        timestamp,
        level,
        message: "mail",
        mail,
        kind: *kind,
        outcome: name,
        message_id,
        error,
        milliseconds,
        metrics,
    });
}
