//! The alarms, and who gets them.

use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use aws_sdk_sns::types::Subscription;
use latchkey::aws::failure;

use crate::doctor::{Examined, Level, Report};
use crate::stop::Stop;

pub(super) async fn examine(examined: &Examined<'_>, report: &mut Report) {
    let names = examined.of_kind("AWS::CloudWatch::Alarm");
    if let Some(alarms) = report.answer("alarms", alarms(examined, &names).await) {
        let has_mail = !examined.setting("ALARM_EMAIL").is_empty();
        report.judge(
            "alarms",
            faults(&names, &alarms, has_mail),
            format!("{} alarms, and none rings", names.len()),
        );
    }
    let topics = examined.of_kind("AWS::SNS::Topic");
    let Some(topic) = topics.first().filter(|_| !examined.setting("ALARM_EMAIL").is_empty()) else {
        report.add(Level::Warn, "alarm mail", "no one is notified of an alarm: set AlarmEmail");
        return;
    };
    if let Some(subscriptions) = report.answer("alarm mail", subscriptions(examined, topic).await) {
        let faults = faults_of_mail(&subscriptions, examined.setting("ALARM_EMAIL"));
        report.judge("alarm mail", faults, "is confirmed");
    }
}

async fn alarms(examined: &Examined<'_>, names: &[String]) -> Result<Vec<MetricAlarm>, Stop> {
    let client = aws_sdk_cloudwatch::Client::new(&examined.account.config);
    let described = client.describe_alarms().set_alarm_names(Some(names.to_vec())).max_records(100);
    let described = described.send().await.map_err(|error| Stop::from(failure(&error)))?;
    Ok(described.metric_alarms.unwrap_or_default())
}

async fn subscriptions(examined: &Examined<'_>, topic: &str) -> Result<Vec<Subscription>, Stop> {
    let client = aws_sdk_sns::Client::new(&examined.account.config);
    let listed = client.list_subscriptions_by_topic().topic_arn(topic).send().await;
    Ok(listed.map_err(|error| Stop::from(failure(&error)))?.subscriptions.unwrap_or_default())
}

fn faults(names: &[String], alarms: &[MetricAlarm], has_mail: bool) -> Vec<(Level, String)> {
    let mut faults = Vec::new();
    if names.is_empty() {
        faults.push((Level::Fail, "the stack has none: deploy it again".to_owned()));
    }
    for name in names {
        match alarms.iter().find(|alarm| alarm.alarm_name() == Some(name)) {
            None => faults.push((Level::Fail, format!("{name} is missing: deploy the stack again"))),
            Some(alarm) => {
                if alarm.state_value() == Some(&StateValue::Alarm) {
                    let detail = format!("{name} rings: see its row in docs/operating.md, Alarms");
                    faults.push((Level::Fail, detail));
                }
                if has_mail && alarm.alarm_actions().is_empty() {
                    faults.push((Level::Fail, format!("{name} tells no one: deploy the stack again")));
                }
                if alarm.actions_enabled() == Some(false) {
                    let detail =
                        format!("{name} is silent: aws cloudwatch enable-alarm-actions --alarm-names {name}");
                    faults.push((Level::Fail, detail));
                }
            }
        }
    }
    faults
}

/// Until its owner has confirmed it, a subscription has a word in place of its ARN.
fn faults_of_mail(subscriptions: &[Subscription], address: &str) -> Vec<(Level, String)> {
    let is_own = |one: &&Subscription| one.protocol() == Some("email") && one.endpoint() == Some(address);
    let own = subscriptions.iter().find(is_own);
    let mut faults = Vec::new();
    match own.map(|own| own.subscription_arn().is_some_and(|arn| arn.starts_with("arn:"))) {
        Some(true) => {}
        Some(false) => {
            let detail =
                "no one gets the alarms before the mail of AWS is confirmed: look for it, also in spam";
            faults.push((Level::Fail, detail.to_owned()));
        }
        None => {
            let detail = "AlarmEmail gets no alarms, because its owner has unsubscribed: change it, and change it back";
            faults.push((Level::Fail, detail.to_owned()));
        }
    }
    for other in subscriptions.iter().filter(|one| !is_own(one)) {
        let endpoint = other.endpoint().unwrap_or_default();
        faults.push((Level::Warn, format!("{endpoint} gets the alarms, too, and is not AlarmEmail")));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subscription_of_the_address_counts_once_it_is_confirmed() {
        let one = |arn: &str, address: &str| {
            Subscription::builder().protocol("email").endpoint(address).subscription_arn(arn).build()
        };
        let arn = "arn:aws:sns:eu-central-1:123456789012:x:1";
        let pending = one("PendingConfirmation", "ops@example.com");
        let levels = |subscriptions: &[Subscription]| {
            let faults = faults_of_mail(subscriptions, "ops@example.com");
            faults.into_iter().map(|(level, _)| level).collect::<Vec<_>>()
        };
        assert_eq!(levels(&[one(arn, "ops@example.com")]), []);
        assert_eq!(levels(&[]), [Level::Fail]);
        assert_eq!(levels(&[one("Deleted", "ops@example.com")]), [Level::Fail]);
        assert_eq!(levels(&[pending, one(arn, "other@example.com")]), [Level::Fail, Level::Warn]);
    }
}
