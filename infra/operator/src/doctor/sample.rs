//! Users at random: whether each has both credentials, of one epoch.

use std::collections::HashSet;

use latchkey::account::{User, UserId};
use latchkey::store::{Inspector, Users, Wanted};

use crate::arguments::Doctor;
use crate::doctor::{Level, Report};
use crate::output::escaped;
use crate::pace::Pace;
use crate::stop::Stop;
use crate::target::Target;
use crate::user::misfits;

/// The broken users that are named. There may be more.
const NAMED: usize = 10;

pub(super) async fn examine(arguments: &Doctor, target: &Target, report: &mut Report) {
    let sample = async {
        let users = Users::new(&target.client, &target.environment)?;
        let inspector = Inspector::new(&target.client, &target.environment)?;
        Sample { users, inspector }.look(usize::try_from(arguments.sample).unwrap_or(usize::MAX)).await
    };
    if let Some((count, mut broken)) = report.answer("users", sample.await) {
        let more = broken.len().saturating_sub(NAMED);
        broken.truncate(NAMED);
        if more > 0 {
            broken.push(format!(
                "{more} more: a restore has failed, or someone has written into a table by hand"
            ));
        }
        let faults = broken.into_iter().map(|detail| (Level::Fail, detail)).collect();
        report.judge("users", faults, format!("{count} at random are sound"));
    }
}

struct Sample {
    users: Users,
    inspector: Inspector,
}

impl Sample {
    /// The number of users looked at, and what is wrong with some. Ids are random, and so is the place of the table
    /// from which this reads.
    async fn look(&self, most: usize) -> Result<(usize, Vec<String>), Stop> {
        let first = UserId::random()?;
        let (mut looked, mut broken) = (HashSet::new(), Vec::new());
        let mut reading = Pace::new(1_000, u64::try_from(most).unwrap_or_default());
        for start in [Some(first.clone()), None] {
            let mut after = start.clone();
            while looked.len() < most {
                let room = i32::try_from(most - looked.len()).unwrap_or(i32::MAX);
                let page = self.users.page(&Wanted::default(), after.as_ref(), Some(room)).await?;
                reading.count(page.read, page.units);
                broken.extend(
                    page.malformed.iter().map(|id| format!("the item id:{} is malformed", escaped(id))),
                );
                for user in &page.users {
                    // The end of the second round, in a small table.
                    if !looked.insert(user.user_id.as_str().to_owned()) {
                        return Ok((looked.len(), broken));
                    }
                    broken.extend(self.fault(user).await?);
                    // A read of two small items.
                    reading.count(0, 2.0);
                    reading.wait(u64::try_from(broken.len()).unwrap_or_default()).await;
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok((looked.len(), broken))
    }

    /// What is wrong with a user. One who changes meanwhile is read again.
    async fn fault(&self, user: &User) -> Result<Option<String>, Stop> {
        let is_sound = |user: &User, credentials| misfits(user, credentials).is_empty();
        if is_sound(user, &self.inspector.inspect(user, None).await?.credentials) {
            return Ok(None);
        }
        let Some(user) = self.users.get(&user.user_id).await? else { return Ok(None) };
        let misfits = misfits(&user, &self.inspector.inspect(&user, None).await?.credentials);
        let who = format!("{} (id:{})", escaped(&user.username), user.user_id.as_str());
        Ok((!misfits.is_empty())
            .then(|| format!("{who}: {}: see `latchkey user repair`", misfits.join("; "))))
    }
}
