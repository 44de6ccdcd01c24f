//! A copy of the data: everything that is stored about a user, but for what lets someone in.

use latchkey::error::{Cause, Error};
use latchkey::http::response::{CONTENT_DISPOSITION, HeaderValue};
use latchkey::http::{Failure, Request, Response, StatusCode};
use latchkey::time::Timestamp;
use serde_json::{Map, Value, json};

use crate::OwnAccount;

impl OwnAccount {
    pub(crate) async fn data(&self, request: &Request) -> Result<Response, Failure> {
        let (_, user) = self.find_fresh(request).await?;
        let found = self.sessions.all(&user.user_id).await?;
        let sessions: Result<Vec<Value>, Error> = found.sessions.iter().map(readable).collect();
        let mut stored = readable(&user)?;
        if let Some(stored) = stored.as_object_mut().filter(|_| !user.attributes.is_empty()) {
            stored.insert("attributes".to_owned(), json!(user.attributes));
        }
        let data = json!({
            "exported_at": request.now.to_rfc3339(),
            "user": stored,
            "sessions": sessions?,
            "more": found.has_more,
        });
        let name = HeaderValue::from_static("attachment; filename=\"account.json\"");
        Ok(Response::json(StatusCode::OK, &data)?.with_header(CONTENT_DISPOSITION, name))
    }
}

/// An item as people read it: times in RFC 3339, and no hash of a secret.
fn readable(item: &impl serde::Serialize) -> Result<Value, Error> {
    let item = serde_json::to_value(item).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    let Value::Object(attributes) = item else { return Err(Error::internal("an item is no object")) };
    let attributes = attributes.into_iter().filter(|(name, _)| name != "session_id");
    let attributes = attributes.map(|(name, value)| {
        let is_time = name.ends_with("_at") || name.ends_with("_until");
        let time = value.as_i64().filter(|_| is_time).map(Timestamp::from_seconds);
        (name, time.map_or(value, |time| json!(time.to_rfc3339())))
    });
    Ok(Value::Object(attributes.collect::<Map<_, _>>()))
}
