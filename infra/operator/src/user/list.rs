//! `latchkey user list`.

use latchkey::account::{User, UserId};
use latchkey::store::Wanted;
use latchkey::time::Seconds;
use serde_json::json;

use crate::arguments::user::List;
use crate::output::{escaped, escaped_json, padded, print, tell};
use crate::pace::Pace;
use crate::stop::Stop;
use crate::user::{Desk, seen};

impl Desk<'_> {
    /// A scan, because no table has an index for it: without one a sign-up stays cheap. Nothing is cut in silence: it
    /// ends at the limit and says how to go on, or at the end of the table.
    pub(super) async fn list(&self, arguments: &List) -> Result<(), Stop> {
        let wanted = Wanted {
            part: arguments.search.clone(),
            role: arguments.role.clone(),
            status: arguments.status.clone(),
            since: arguments.since.map(|since| self.now + Seconds(-since.0)),
            is_unverified: arguments.unverified,
        };
        let limit =
            if arguments.all { usize::MAX } else { usize::try_from(arguments.limit).unwrap_or(usize::MAX) };
        let mut reading = Pace::new(arguments.rate, self.users.count().await?);
        let (mut after, mut found, mut listed) = (arguments.after.clone(), 0, Vec::new());
        let next = loop {
            // Without a filter, a page needs no more items than are wanted.
            let most = if wanted == Wanted::default() { i32::try_from(limit).ok() } else { None };
            let page = self.users.page(&wanted, after.as_ref(), most).await?;
            reading.count(page.read, page.units);
            for id in &page.malformed {
                tell(&format!("latchkey: the item of the user id:{} is malformed", escaped(id)));
            }
            let room = limit - found;
            let cut = page.users.get(room.wrapping_sub(1)).filter(|_| page.users.len() > room);
            let next = cut.map(|user| user.user_id.clone()).or(page.next);
            for user in page.users.into_iter().take(room) {
                found += 1;
                if self.output.is_json() && !arguments.all {
                    listed.push(seen(&user));
                } else {
                    self.print(&user);
                }
            }
            if next.is_none() || found == limit {
                break next;
            }
            reading.wait(u64::try_from(found).unwrap_or_default()).await;
            after = next;
        };
        let next = next.as_ref().map(UserId::as_str);
        if self.output.is_json() && !arguments.all {
            print(&escaped_json(&json!({ "users": listed, "next": next })));
        }
        let more = next.map(|next| format!("; more: --after {next}")).unwrap_or_default();
        tell(&format!("latchkey: {found} found, {}{more}", reading.sum()));
        Ok(())
    }

    fn print(&self, user: &User) {
        let line = if self.output.is_json() {
            escaped_json(&seen(user))
        } else {
            format!(
                "{}  {} {} {} {} {} {}",
                user.user_id.as_str(),
                padded(&user.username, 20),
                padded(user.email_shown(), 32),
                if user.email_verified_at.is_some() { "verified  " } else { "unverified" },
                padded(&user.role, 8),
                padded(user.status.as_str(), 8),
                user.created_at.to_date(),
            )
        };
        print(&line);
    }
}
