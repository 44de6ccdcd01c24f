//! The site: a route of each function, and the clock.

use std::time::Duration;

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use latchkey::config::Environment;
use latchkey::time::Timestamp;
use tokio::time::timeout;

use crate::doctor::{Level, Report};
use crate::stop::Stop;
use crate::target::{Place, Target};

/// How long a function may take to start and to respond.
const PATIENCE: Duration = Duration::from_secs(10);
/// A code of an authenticator app, a token and a signature of AWS are for a time, so clocks must agree.
const SECONDS: i64 = 60;

/// Paths, and the statuses of a GET without a session. Each function has one.
const ROUTES: [(&str, u16); 11] = [
    ("/", 200),
    ("/login", 200),
    ("/signup", 200),
    ("/logout", 405),
    ("/verify", 410),
    ("/forgot", 200),
    ("/profile/password", 303),
    ("/profile/sessions", 401),
    ("/profile/name", 303),
    ("/token", 405),
    ("/.well-known/jwks.json", 200),
];

pub(super) async fn examine(target: &Target, report: &mut Report) {
    let (origin, mut faults, mut skew) = (&*target.origin, Vec::new(), None);
    for (path, status) in expected(target) {
        match get(&format!("{origin}{path}")).await {
            Ok(response) if response.status == status => skew = skew.or(response.skew),
            Ok(response) => {
                let found = response.status;
                let detail = format!(
                    "{origin}{path} responds with {found} instead of {status}: read the log of its function, and look \
                     for `configuration:`"
                );
                faults.push((Level::Fail, detail));
            }
            Err(stop) => {
                faults.push((Level::Fail, format!("{origin}{path} does not respond: {}", stop.detail)));
            }
        }
    }
    let all = format!("{origin} responds at {} routes", ROUTES.len());
    report.judge("site", faults, all);
    if let Some(skew) = skew {
        report.judge("clock", faults_of_clock(skew), "agrees with that of the site");
    }
}

/// The routes, as the parameters have them.
fn expected(target: &Target) -> Vec<(&'static str, u16)> {
    let has_mail = matches!(target.place, Place::Local(_))
        || target.environment.get("MAIL_FROM").is_some_and(|from| !from.is_empty());
    let is_closed = |environment: &Environment| environment.get("SIGNUP_MODE") == Some("closed");
    let status = |(path, status)| match path {
        "/signup" if is_closed(&target.environment) => (path, 404),
        "/verify" | "/forgot" if !has_mail => (path, 404),
        _ => (path, status),
    };
    ROUTES.into_iter().map(status).collect()
}

fn faults_of_clock(skew: i64) -> Vec<(Level, String)> {
    if skew.abs() <= SECONDS {
        return Vec::new();
    }
    let detail =
        format!("the site's clock and that of this machine differ by {} seconds: set yours", skew.abs());
    vec![(Level::Fail, detail)]
}

struct Response {
    status: u16,
    /// How many seconds its header `date` is after the clock of this machine.
    skew: Option<i64>,
}

async fn get(url: &str) -> Result<Response, Stop> {
    let mut builder = Connector::builder();
    builder.set_proxy_config(Some(ProxyConfig::from_env()));
    let connector = builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build();
    let request = HttpRequest::get(url).map_err(Stop::failed)?;
    let response = timeout(PATIENCE, connector.call(request)).await;
    let response = response.map_err(|_| Stop::failed(format!("no response in {} s", PATIENCE.as_secs())))?;
    let response = response.map_err(Stop::failed)?;
    let date = response.headers().get("date");
    let date = date.and_then(|date| DateTime::from_str(date, DateTimeFormat::HttpDate).ok());
    Ok(Response {
        status: response.status().as_u16(),
        skew: date.map(|date| date.secs() - Timestamp::now().as_seconds()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_differ_by_a_minute() {
        assert_eq!(faults_of_clock(60), []);
        assert_eq!(faults_of_clock(-60), []);
        assert_eq!(faults_of_clock(61).len(), 1);
        assert_eq!(faults_of_clock(-3_600).len(), 1);
    }
}
