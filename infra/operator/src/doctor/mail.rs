//! Mail: who sends it, and whether Amazon SES may.

use aws_sdk_sesv2::operation::get_account::GetAccountOutput;
use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityOutput;
use aws_sdk_sesv2::types::{BehaviorOnMxFailure, DkimStatus, IdentityType, MailFromDomainStatus};
use latchkey::aws::failure;

use crate::doctor::{Examined, Level, Report};
use crate::stop::Stop;

pub(super) async fn examine(examined: &Examined<'_>, report: &mut Report) {
    let from = examined.setting("MAIL_FROM");
    if from.is_empty() {
        report.add(Level::Ok, "mail", "is off, so users cannot reset their passwords");
        return;
    }
    let own = examined.setting("MAIL_IDENTITY");
    let of_domain = from.split_once('@').map_or(from, |(_, domain)| domain);
    let name = if own.is_empty() { of_domain } else { own };
    let client = aws_sdk_sesv2::Client::new(&examined.account.config);
    let identity = client.get_email_identity().email_identity(name).send().await;
    let identity = identity.map_err(|error| {
        let is_missing = error.as_service_error().is_some_and(
            aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityError::is_not_found_exception,
        );
        let create = format!("SES has no identity {name} in this region: see docs/operating.md, Mail");
        if is_missing { Stop::failed(create) } else { Stop::from(failure(&error)) }
    });
    if let Some(identity) = report.answer("mail identity", identity) {
        report.judge("mail identity", faults_of_identity(&identity, name), format!("{name} is verified"));
    }
    let account = client.get_account().send().await.map_err(|error| Stop::from(failure(&error)));
    if let Some(account) = report.answer("SES", account) {
        report.judge("SES", faults_of_account(&account), "sends, and is out of the sandbox");
    }
    let table =
        examined.target.client.describe_table().table_name(examined.setting("MAILS_TABLE")).send().await;
    let stream = table.ok().and_then(|found| found.table).and_then(|table| table.latest_stream_arn);
    for mapping in examined.of_kind("AWS::Lambda::EventSourceMapping") {
        if let Some(fault) =
            report.answer("mailer", examined.account.fault_of_trigger(&mapping, stream.as_deref()).await)
        {
            let fault = fault.map(|state| (Level::Fail, state));
            report.judge("mailer", fault.into_iter().collect(), "is invoked by the mails table");
        }
    }
}

fn faults_of_identity(identity: &GetEmailIdentityOutput, name: &str) -> Vec<(Level, String)> {
    if !identity.verified_for_sending_status() {
        return vec![(Level::Fail, format!("{name} is not verified: put its records into the DNS"))];
    }
    let from = identity.mail_from_attributes();
    let is_refused = from.is_some_and(|from| {
        *from.mail_from_domain_status() == MailFromDomainStatus::Failed
            && *from.behavior_on_mx_failure() == BehaviorOnMxFailure::RejectMessage
    });
    if is_refused {
        let detail =
            format!("the MAIL FROM domain of {name} has failed, so SES sends nothing: see its console");
        return vec![(Level::Fail, detail)];
    }
    let dkim = identity.dkim_attributes().and_then(|dkim| dkim.status());
    // An address is signed by the identity of its domain.
    if identity.identity_type() == Some(&IdentityType::Domain) && dkim != Some(&DkimStatus::Success) {
        let detail = format!("{name} does not sign its mails (DKIM), and many providers call them spam");
        return vec![(Level::Warn, detail)];
    }
    Vec::new()
}

fn faults_of_account(account: &GetAccountOutput) -> Vec<(Level, String)> {
    let mut faults = Vec::new();
    if !account.production_access_enabled() {
        let detail = "is in the sandbox, and sends to verified addresses only: see docs/operating.md, Mail";
        faults.push((Level::Fail, detail.to_owned()));
    }
    let status = account.enforcement_status().unwrap_or("HEALTHY");
    if !account.sending_enabled() || status == "SHUTDOWN" {
        faults.push((
            Level::Fail,
            "AWS has paused the sending of this account: see the SES console".to_owned(),
        ));
    } else if status != "HEALTHY" {
        let detail =
            format!("the account is under review ({status}): see the alarms MailBounces and MailComplaints");
        faults.push((Level::Warn, detail));
    }
    faults
}

#[cfg(test)]
mod tests {
    use aws_sdk_sesv2::types::DkimAttributes;

    use super::*;

    #[test]
    fn mail_that_is_not_sent_is_found() {
        let identity = |status: DkimStatus| {
            let dkim = DkimAttributes::builder().status(status).build();
            let identity = GetEmailIdentityOutput::builder().identity_type(IdentityType::Domain);
            identity.dkim_attributes(dkim).verified_for_sending_status(true)
        };
        let faults = |identity: GetEmailIdentityOutput| faults_of_identity(&identity, "example.com");
        assert_eq!(faults(identity(DkimStatus::Success).build()), []);
        assert_eq!(faults(identity(DkimStatus::Pending).build())[0].0, Level::Warn);
        let unverified = identity(DkimStatus::Success).verified_for_sending_status(false).build();
        assert_eq!(faults(unverified)[0].0, Level::Fail);

        let account = || {
            let account = GetAccountOutput::builder().production_access_enabled(true);
            account.sending_enabled(true).enforcement_status("HEALTHY")
        };
        let faults = |account: GetAccountOutput| {
            faults_of_account(&account).into_iter().map(|(level, _)| level).collect::<Vec<_>>()
        };
        assert_eq!(faults(account().build()), []);
        assert_eq!(faults(account().production_access_enabled(false).build()), [Level::Fail]);
        assert_eq!(faults(account().sending_enabled(false).build()), [Level::Fail]);
        assert_eq!(faults(account().enforcement_status("SHUTDOWN").build()), [Level::Fail]);
        assert_eq!(faults(account().enforcement_status("PROBATION").build()), [Level::Warn]);
    }
}
