//! `latchkey user show --all`: a copy of the data of a person who asks for it.

use latchkey::account::User;
use latchkey::store::{Seen, readable, readable_user};
use serde_json::{Value, json};

use crate::output::{escaped_lines, print};
use crate::stop::Stop;
use crate::user::Desk;

impl Desk<'_> {
    /// Prints what the tables have under the names of the user. What has only the user's id, such as a mail that waits,
    /// ends by itself: `docs/operating.md` says when.
    pub(super) async fn copy(&self, user: &User) -> Result<(), Stop> {
        let counters = self.target.counters(user).await?;
        let (inspected, sessions) = tokio::try_join!(
            self.inspector.inspect(user, Some(&counters)),
            self.sessions.all(&user.user_id)
        )?;
        let items: Result<Vec<Value>, _> = sessions.sessions.iter().map(readable).collect();
        let credential = |seen: &Seen| json!({ "identifier": seen.identifier.as_str(), "epoch": seen.epoch });
        let credentials: Vec<Value> = inspected.credentials.iter().flatten().map(credential).collect();
        let copy = json!({
            "user": readable_user(user)?,
            "credentials": credentials,
            "sessions": items?,
            "more_sessions": sessions.has_more,
            "failures": self.failures_as_json(&inspected.failures)?,
        });
        print(&escaped_lines(&copy)?);
        Ok(())
    }
}
