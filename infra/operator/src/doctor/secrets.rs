//! The secrets with the keys, and the function that rotates them.

use aws_sdk_dynamodb::primitives::DateTime;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::{RotationRulesType, SecretVersionsListEntry};
use latchkey::aws::failure;
use latchkey::time::Timestamp;

use crate::doctor::{Examined, Level, Report};
use crate::stop::Stop;

const DAY: i64 = 86_400;
/// A rotation takes seconds, and Secrets Manager repeats a failed one for a day.
const STUCK_AFTER: i64 = DAY;

pub(super) async fn examine(examined: &Examined<'_>, report: &mut Report) {
    for (name, variable, option) in [
        ("signing keys", "SIGNING_KEYS_SECRET", ""),
        ("keys of access tokens", "ACCESS_TOKEN_KEYS_SECRET", " --access-tokens"),
    ] {
        if let Some(found) = report.answer(name, Found::read(examined, examined.setting(variable)).await) {
            let days = examined.setting("KEY_ROTATION_DAYS").parse().unwrap_or(30);
            let last = found.rotated_at().to_date();
            report.judge(
                name,
                found.faults(examined.now, days, option),
                format!("are rotated, last on {last}"),
            );
        }
    }
    if report.answer("rotation function", examined.account.pseudonyms("user", "x").await).is_some() {
        report.add(Level::Ok, "rotation function", "responds");
    }
}

struct Found {
    secret: DescribeSecretOutput,
    versions: Vec<SecretVersionsListEntry>,
}

impl Found {
    async fn read(examined: &Examined<'_>, secret: &str) -> Result<Self, Stop> {
        let client = &examined.account.secrets;
        let described = client.describe_secret().secret_id(secret).send().await;
        let described = described.map_err(|error| Stop::from(failure(&error)))?;
        if described.deleted_date().is_some() {
            return Ok(Self { secret: described, versions: Vec::new() });
        }
        let listed = client.list_secret_version_ids().secret_id(secret).send().await;
        let listed = listed.map_err(|error| Stop::from(failure(&error)))?;
        Ok(Self { secret: described, versions: listed.versions.unwrap_or_default() })
    }

    /// When they were rotated, or else made.
    fn rotated_at(&self) -> Timestamp {
        let at = self.secret.last_rotated_date().or(self.secret.created_date());
        Timestamp::from_seconds(at.map_or(0, DateTime::secs))
    }

    fn faults(&self, now: Timestamp, days: i64, option: &str) -> Vec<(Level, String)> {
        let mut faults = Vec::new();
        let secret = &self.secret;
        if secret.deleted_date().is_some() {
            let name = secret.name().unwrap_or_default();
            let detail = format!(
                "the secret is deleted, and no new environment of a function starts: aws secretsmanager \
                 restore-secret --secret-id {name}"
            );
            faults.push((Level::Fail, detail));
            return faults;
        }
        if secret.rotation_enabled() != Some(true) {
            faults.push((Level::Fail, "they do not rotate: deploy the stack again".to_owned()));
        }
        let period = secret.rotation_rules().and_then(RotationRulesType::automatically_after_days);
        if let Some(period) = period.filter(|period| *period != days) {
            let detail = format!(
                "they rotate every {period} days, and KeyRotationDays is {days}: deploy the stack again"
            );
            faults.push((Level::Warn, detail));
        }
        let rotated = secret
            .last_rotated_date()
            .or(secret.created_date())
            .map_or(0, aws_sdk_sts::primitives::DateTime::secs);
        let age = (now.as_seconds() - rotated) / DAY;
        if age > 2 * days {
            let detail = format!(
                "the last rotation was {age} days ago: run `latchkey keys rotate{option}`, and see the alarm \
                 RotationErrors"
            );
            faults.push((Level::Fail, detail));
        }
        let is_stuck = |version: &SecretVersionsListEntry| {
            let has = |label: &str| version.version_stages().iter().any(|stage| stage == label);
            let made = version.created_date().map_or(0, aws_sdk_sts::primitives::DateTime::secs);
            has("AWSPENDING") && !has("AWSCURRENT") && now.as_seconds() - made > STUCK_AFTER
        };
        if self.versions.iter().any(is_stuck) {
            let detail = format!(
                "a rotation began more than a day ago, and has not ended: see the alarm RotationErrors, then run \
                 `latchkey keys rotate --restart{option}`"
            );
            faults.push((Level::Fail, detail));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_do_not_rotate_are_found() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let ago = |seconds: i64| DateTime::from_secs(now.as_seconds() - seconds);
        let secret = |rotated: i64| {
            DescribeSecretOutput::builder().rotation_enabled(true).last_rotated_date(ago(rotated))
        };
        let version = |label: &str, made| {
            let version = SecretVersionsListEntry::builder().version_stages(label);
            version.created_date(ago(made)).build()
        };
        let faults = |secret: DescribeSecretOutput, versions: Vec<_>| {
            Found { secret, versions }.faults(now, 30, "").len()
        };
        let current = || version("AWSCURRENT", 40 * DAY);
        assert_eq!(faults(secret(60 * DAY).build(), vec![current(), version("AWSPENDING", 3_600)]), 0);
        assert_eq!(faults(secret(61 * DAY).build(), vec![current()]), 1, "too old");
        assert_eq!(faults(secret(0).rotation_enabled(false).build(), vec![current()]), 1, "off");
        assert_eq!(faults(secret(0).deleted_date(ago(1)).build(), vec![current()]), 1, "deleted");
        assert_eq!(faults(secret(0).build(), vec![current(), version("AWSPENDING", 2 * DAY)]), 1, "stuck");
    }
}
