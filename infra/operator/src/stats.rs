//! `latchkey stats`.

use std::collections::BTreeMap;

use latchkey::store::{Sessions, Users, Wanted};
use latchkey::time::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::arguments::Stats;
use crate::output::{Output, escaped, tell};
use crate::pace::Pace;
use crate::stop::Stop;
use crate::target::Target;

/// What a read of both tables counts.
#[derive(Default, Serialize)]
struct Counts {
    users: u64,
    statuses: BTreeMap<&'static str, u64>,
    roles: BTreeMap<String, u64>,
    /// The users with a confirmed email address.
    verified: u64,
    /// The sessions that have not expired. An epoch may have ended some of them.
    sessions: u64,
}

pub(crate) async fn run(
    arguments: &Stats,
    target: &Target,
    output: &Output,
    now: Timestamp,
) -> Result<(), Stop> {
    let users = Users::new(&target.client, &target.environment)?;
    let sessions = Sessions::new(&target.client, &target.environment)?;
    let (of_users, of_sessions) = tokio::try_join!(users.count(), sessions.count())?;
    if !arguments.exact {
        let lines = format!(
            "users     {of_users}\nsessions  {of_sessions}\nThese are DynamoDB's own counts, some hours old: add \
             --exact to read the tables."
        );
        output.answer(&json!({ "users": of_users, "sessions": of_sessions }), &lines);
        return Ok(());
    }
    let mut reading = Pace::new(arguments.rate, of_users + of_sessions);
    let mut counts = Counts::default();
    counts.count_users(&users, &mut reading).await?;
    counts.count_sessions(&sessions, &mut reading, now).await?;
    output.answer(&json!(counts), &counts.lines());
    tell(&format!("latchkey: {}", reading.sum()));
    Ok(())
}

impl Counts {
    async fn count_users(&mut self, users: &Users, reading: &mut Pace) -> Result<(), Stop> {
        let mut after = None;
        loop {
            let page = users.page(&Wanted::default(), after.as_ref(), None).await?;
            reading.count(page.read, page.units);
            for id in &page.malformed {
                tell(&format!(
                    "latchkey: the item of the user id:{} is malformed, and not counted",
                    escaped(id)
                ));
            }
            for user in page.users {
                self.users += 1;
                self.verified += u64::from(user.email_verified_at.is_some());
                *self.statuses.entry(user.status.as_str()).or_default() += 1;
                *self.roles.entry(user.role).or_default() += 1;
            }
            reading.wait(self.users).await;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn count_sessions(
        &mut self,
        sessions: &Sessions,
        reading: &mut Pace,
        now: Timestamp,
    ) -> Result<(), Stop> {
        let mut start = None;
        loop {
            let page = sessions.count_page(now, start).await?;
            reading.count(page.read, page.units);
            self.sessions += page.found;
            start = page.next;
            if start.is_none() {
                return Ok(());
            }
            reading.wait(self.users + self.sessions).await;
        }
    }

    fn lines(&self) -> String {
        format!(
            "users     {}: {}; {} with a confirmed email address\nroles     {}\nsessions  {} that have not expired",
            self.users,
            by(&self.statuses),
            self.verified,
            by(&self.roles),
            self.sessions,
        )
    }
}

fn by<N: AsRef<str>>(counts: &BTreeMap<N, u64>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    let counts = counts.iter().map(|(name, count)| format!("{} {count}", escaped(name.as_ref())));
    counts.collect::<Vec<_>>().join(", ")
}
