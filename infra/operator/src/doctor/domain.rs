//! The domain of one's own: its certificate, and its record in the DNS.

use std::collections::BTreeSet;
use std::net::IpAddr;

use aws_sdk_acm::types::{CertificateDetail, CertificateStatus};
use latchkey::aws::failure;
use latchkey::time::Timestamp;
use tokio::net::lookup_host;

use crate::doctor::{Examined, Level, Report};
use crate::stop::Stop;

/// AWS renews a certificate 60 days before it expires, so one with fewer days is not renewed.
const DAYS: i64 = 30;

pub(super) async fn examine(examined: &Examined<'_>, report: &mut Report) {
    let (certificate, domain) = (examined.setting("CERTIFICATE_ARN"), examined.setting("DOMAIN_NAME"));
    if certificate.is_empty() {
        return;
    }
    if let Some(found) = report.answer("certificate", describe(examined, certificate).await) {
        report.judge("certificate", faults(&found, examined.now), "is issued, and good for 30 days");
    }
    let leads = leads(domain, examined.setting("DOMAIN_TARGET")).await;
    if let Some(leads) = report.answer("DNS", leads) {
        let detail = format!("{domain} does not lead to the output DomainTarget: set its CNAME record");
        // Before a CDN, the domain leads to the CDN.
        let level = if examined.setting("PUBLIC_ORIGIN").is_empty() { Level::Fail } else { Level::Warn };
        let faults = if leads { Vec::new() } else { vec![(level, detail)] };
        report.judge("DNS", faults, format!("{domain} leads to the stack"));
    }
}

async fn describe(examined: &Examined<'_>, certificate: &str) -> Result<CertificateDetail, Stop> {
    let client = aws_sdk_acm::Client::new(&examined.account.config);
    let described = client.describe_certificate().certificate_arn(certificate).send().await;
    let described = described.map_err(|error| Stop::from(failure(&error)))?;
    described.certificate.ok_or_else(|| Stop::failed("AWS does not describe it"))
}

fn faults(certificate: &CertificateDetail, now: Timestamp) -> Vec<(Level, String)> {
    if certificate.status() != Some(&CertificateStatus::Issued) {
        let status = certificate.status().map_or("without a status", CertificateStatus::as_str);
        return vec![(Level::Fail, format!("it is {status}: put its CNAME record into the DNS"))];
    }
    let days = certificate.not_after().map_or(0, |time| (time.secs() - now.as_seconds()) / 86_400);
    if days < DAYS {
        let detail =
            format!("it expires in {days} days: renew it, or put its CNAME record back into the DNS");
        return vec![(Level::Fail, detail)];
    }
    Vec::new()
}

/// Whether a host has an address of the other one.
async fn leads(host: &str, target: &str) -> Result<bool, Stop> {
    let (host, target) = tokio::try_join!(addresses(host), addresses(target))?;
    Ok(!host.is_disjoint(&target))
}

async fn addresses(host: &str) -> Result<BTreeSet<IpAddr>, Stop> {
    let found = lookup_host((host, 443)).await;
    let found = found.map_err(|error| Stop::failed(format!("{host} is not found in the DNS ({error})")))?;
    Ok(found.map(|address| address.ip()).collect())
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::DateTime;

    use super::*;

    #[test]
    fn a_certificate_that_ends_soon_or_is_not_issued_is_found() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let certificate = |status, days: i64| {
            let end = DateTime::from_secs(now.as_seconds() + days * 86_400);
            CertificateDetail::builder().status(status).not_after(end).build()
        };
        assert_eq!(faults(&certificate(CertificateStatus::Issued, 30), now), []);
        for (status, days) in [
            (CertificateStatus::Issued, 29),
            (CertificateStatus::Issued, -1),
            (CertificateStatus::PendingValidation, 300),
            (CertificateStatus::Expired, 300),
        ] {
            assert_eq!(faults(&certificate(status.clone(), days), now).len(), 1, "{status} {days}");
        }
    }
}
