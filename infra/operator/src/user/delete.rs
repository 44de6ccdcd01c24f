//! The end of a user.

use latchkey::account::{Identifier, Status, User};
use serde_json::json;

use crate::arguments::user::Reasoned;
use crate::output::escaped;
use crate::question::confirm;
use crate::stop::Stop;
use crate::user::{Desk, changed_meanwhile};

impl Desk<'_> {
    /// First no one gets in any more; the user goes last. So it can be run again wherever it was stopped.
    pub(super) async fn delete(&self, reasoned: &Reasoned) -> Result<(), Stop> {
        let user = self.find(&reasoned.named.who).await?;
        let name = escaped(&user.username);
        let about = format!(
            "This deletes {name} <{}> (id {}), both identifiers, all sessions and counters, for ever",
            escaped(user.email_shown()),
            user.user_id.as_str()
        );
        confirm(self.common, &about, &user.username).await?;
        // IAM judges a deletion before its condition, which no user meets. So who may not delete changes nothing.
        if !self.common.dry_run {
            let never = User { version: u64::MAX, ..user.clone() };
            self.accounts.erase(&never, &user.identifiers()).await?;
        }
        // Before anything changes, because the rotation function may fail.
        let counters = self.target.counters(&user).await?;
        let next = self.next(&user, reasoned.why.as_deref());
        let next = User { status: Status::Disabled, epoch: user.next_epoch(self.now), ..next };
        let user = self.accounts.change(&user, next).await?.ok_or_else(changed_meanwhile)?;
        self.delete_sessions(&user).await?;
        for counter in &counters {
            self.inspector.forget(counter).await?;
        }
        let own = self.inspector.inspect(&user, None).await?.credentials.into_iter().flatten();
        let own = own.filter(|seen| seen.user_id == user.user_id);
        let identifiers: Vec<Identifier> = own.map(|seen| seen.identifier).collect();
        if !self.accounts.erase(&user, &identifiers).await? {
            return Err(changed_meanwhile());
        }
        let sentence = format!("{name} is deleted. Former identifiers stay held until their time is over.");
        self.output.done(&json!({ "deleted": user.user_id.as_str() }), &sentence);
        Ok(())
    }
}
