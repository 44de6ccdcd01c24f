//! A copy of the data: everything that is stored about a user, but for what lets someone in.

use latchkey::error::Error;
use latchkey::http::response::{CONTENT_DISPOSITION, HeaderValue};
use latchkey::http::{Failure, Request, Response, StatusCode};
use latchkey::store::{readable, readable_user};
use serde_json::{Value, json};

use crate::OwnAccount;

impl OwnAccount {
    pub(crate) async fn data(&self, request: &Request) -> Result<Response, Failure> {
        let (_, user) = self.find_fresh(request).await?;
        let found = self.sessions.all(&user.user_id).await?;
        let sessions: Result<Vec<Value>, Error> = found.sessions.iter().map(readable).collect();
        let data = json!({
            "exported_at": request.now.to_rfc3339(),
            "user": readable_user(&user)?,
            "sessions": sessions?,
            "more": found.has_more,
        });
        let name = HeaderValue::from_static("attachment; filename=\"account.json\"");
        Ok(Response::json(StatusCode::OK, &data)?.with_header(CONTENT_DISPOSITION, name))
    }
}
