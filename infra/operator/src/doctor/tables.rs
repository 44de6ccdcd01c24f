//! The tables: as the template makes them, and nothing besides.

use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, PointInTimeRecoveryDescription, PointInTimeRecoveryStatus,
    TableDescription, TableStatus, TimeToLiveDescription, TimeToLiveStatus,
};
use latchkey::aws::failure;

use crate::doctor::{Examined, Level, Report};
use crate::stop::Stop;

/// What a table is like.
struct Expected {
    /// The variable that names it.
    variable: &'static str,
    /// What people call it.
    name: &'static str,
    /// The attribute by which its items end.
    time_to_live: Option<&'static str>,
    /// Whether its loss would lose users.
    is_lasting: bool,
    /// Whether a stream of it invokes a function.
    has_stream: bool,
}

const fn short_lived(variable: &'static str, name: &'static str, has_stream: bool) -> Expected {
    Expected { variable, name, time_to_live: Some("expires_at"), is_lasting: false, has_stream }
}

const fn lasting(variable: &'static str, name: &'static str, time_to_live: &'static str) -> Expected {
    Expected { variable, name, time_to_live: Some(time_to_live), is_lasting: true, has_stream: false }
}

const TABLES: [Expected; 7] = [
    lasting("USERS_TABLE", "users table", "erase_at"),
    lasting("CREDENTIALS_TABLE", "credentials table", "held_until"),
    short_lived("SESSIONS_TABLE", "sessions table", false),
    Expected { time_to_live: None, ..short_lived("KEYS_TABLE", "keys table", false) },
    short_lived("LIMITS_TABLE", "limits table", false),
    short_lived("MAILS_TABLE", "mails table", true),
    short_lived("PROOFS_TABLE", "proofs table", false),
];

pub(super) async fn examine(examined: &Examined<'_>, report: &mut Report) {
    for expected in TABLES {
        let table = examined.setting(expected.variable);
        // Where mail is off, nothing names the mails table.
        if table.is_empty() {
            continue;
        }
        if let Some(found) = report.answer(expected.name, Found::read(examined, table).await) {
            report.judge(expected.name, found.faults(&expected, table), "sound");
        }
    }
}

/// What AWS says about a table.
struct Found {
    table: TableDescription,
    time_to_live: TimeToLiveDescription,
    backups: Option<ContinuousBackupsDescription>,
}

impl Found {
    async fn read(examined: &Examined<'_>, name: &str) -> Result<Self, Stop> {
        let client = &examined.target.client;
        let absent = || Stop::failed(format!("AWS does not describe {name}"));
        let table = client.describe_table().table_name(name).send().await;
        let table = table.map_err(|error| Stop::from(failure(&error)))?.table.ok_or_else(absent)?;
        let time_to_live = client.describe_time_to_live().table_name(name).send().await;
        let time_to_live = time_to_live.map_err(|error| Stop::from(failure(&error)))?;
        let time_to_live = time_to_live.time_to_live_description.ok_or_else(absent)?;
        let backups = client.describe_continuous_backups().table_name(name).send().await;
        let backups = backups.map_err(|error| Stop::from(failure(&error)))?.continuous_backups_description;
        Ok(Self { table, time_to_live, backups })
    }

    fn faults(&self, expected: &Expected, name: &str) -> Vec<(Level, String)> {
        let mut faults = Vec::new();
        let mut add = |level, detail: String| faults.push((level, detail));
        let status = self.table.table_status();
        if !matches!(status, Some(TableStatus::Active | TableStatus::Updating)) {
            let status = status.map_or("without a status", TableStatus::as_str);
            add(Level::Fail, format!("it is {status}"));
        }
        if !self.table.replicas().is_empty() {
            let detail =
                "it has replicas in other regions, where the last writer wins: two users can get one name";
            add(Level::Warn, detail.to_owned());
        }
        if let Some(attribute) = expected.time_to_live {
            let is_on = matches!(
                self.time_to_live.time_to_live_status(),
                Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
            );
            if !is_on || self.time_to_live.attribute_name() != Some(attribute) {
                add(Level::Fail, format!("its items do not end: turn its time to live on, by {attribute}"));
            }
        }
        if expected.is_lasting {
            faults.extend(self.without_safety(name));
        }
        let mut add = |level, detail: String| faults.push((level, detail));
        for index in self.table.global_secondary_indexes() {
            let index = index.index_name().unwrap_or_default();
            let detail = format!("the index {index} is not Latchkey's: it costs a write more for each item");
            add(Level::Warn, detail);
        }
        let streams = self
            .table
            .stream_specification()
            .is_some_and(aws_sdk_dynamodb::types::StreamSpecification::stream_enabled);
        match (streams, expected.has_stream) {
            (true, false) => {
                let detail = "it has a stream that is not Latchkey's: who reads it reads every item";
                add(Level::Warn, detail.to_owned());
            }
            (false, true) => {
                let detail = "its stream is off, so no mail is sent: deploy the stack again";
                add(Level::Fail, detail.to_owned());
            }
            _ => {}
        }
        faults
    }

    /// What would lose users with the table.
    fn without_safety(&self, name: &str) -> Vec<(Level, String)> {
        let mut faults = Vec::new();
        let mut add = |level, detail: String| faults.push((level, detail));
        let recovery = self.backups.as_ref().and_then(|backups| backups.point_in_time_recovery_description());
        let status = recovery.and_then(|recovery| recovery.point_in_time_recovery_status());
        if status != Some(&PointInTimeRecoveryStatus::Enabled) {
            let turn_on = "aws dynamodb update-continuous-backups --point-in-time-recovery-specification \
                PointInTimeRecoveryEnabled=true";
            add(Level::Fail, format!("point-in-time recovery is off: {turn_on} --table-name {name}"));
        } else if let Some(days) = recovery
            .and_then(PointInTimeRecoveryDescription::recovery_period_in_days)
            .filter(|days| *days < 35)
        {
            add(Level::Warn, format!("it can be restored for {days} days only: AWS allows 35"));
        }
        if self.table.deletion_protection_enabled() != Some(true) {
            let turn_on = "aws dynamodb update-table --deletion-protection-enabled";
            add(Level::Fail, format!("deletion protection is off: {turn_on} --table-name {name}"));
        }
        faults
    }
}
