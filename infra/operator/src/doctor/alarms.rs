//! The alarms, and who gets them.

use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use aws_sdk_sns::types::Subscription;
use latchkey::aws::failure;

use crate::doctor::{Examined, Level, Report};
use crate::stop::Stop;

pub(super) async fn examine(examined: &Examined<'_>, report: &mut Report) {
    let names = examined.of_kind("AWS::CloudWatch::Alarm");
    if let Some(alarms) = report.answer("alarms", alarms(examined, &names).await) {
        report.judge("alarms", faults(&names, &alarms), format!("{} alarms, and none rings", names.len()));
    }
    let topics = examined.of_kind("AWS::SNS::Topic");
    let Some(topic) = topics.first().filter(|_| !examined.setting("ALARM_EMAIL").is_empty()) else {
        report.add(Level::Warn, "alarm mail", "no one is notified of an alarm: set AlarmEmail");
        return;
    };
    if let Some(subscriptions) = report.answer("alarm mail", subscriptions(examined, topic).await) {
        report.judge("alarm mail", unconfirmed(&subscriptions), "is confirmed");
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

fn faults(names: &[String], alarms: &[MetricAlarm]) -> Vec<(Level, String)> {
    let mut faults = Vec::new();
    for name in names {
        match alarms.iter().find(|alarm| alarm.alarm_name() == Some(name)) {
            None => faults.push((Level::Fail, format!("{name} is missing: deploy the stack again"))),
            Some(alarm) => {
                if alarm.state_value() == Some(&StateValue::Alarm) {
                    let detail = format!("{name} rings: see its row in docs/operating.md, Alarms");
                    faults.push((Level::Fail, detail));
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
fn unconfirmed(subscriptions: &[Subscription]) -> Vec<(Level, String)> {
    let is_confirmed = |one: &Subscription| one.subscription_arn().is_some_and(|arn| arn.starts_with("arn:"));
    if subscriptions.iter().any(is_confirmed) {
        return Vec::new();
    }
    let detail = if subscriptions.is_empty() {
        "no address gets the alarms, because its owner has unsubscribed: change AlarmEmail, and change it back"
    } else {
        "no one gets the alarms before the mail is confirmed that AWS has sent: look for it, also in spam"
    };
    vec![(Level::Fail, detail.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_counts_once_it_is_confirmed() {
        let one = |arn: &str| Subscription::builder().subscription_arn(arn).build();
        let (pending, deleted, confirmed) =
            (one("PendingConfirmation"), one("Deleted"), one("arn:aws:sns:eu-central-1:123456789012:x:1"));
        assert!(unconfirmed(&[])[0].1.contains("unsubscribed"));
        assert!(unconfirmed(&[pending.clone(), deleted])[0].1.contains("confirmed"));
        assert_eq!(unconfirmed(&[pending, confirmed]), []);
    }
}
