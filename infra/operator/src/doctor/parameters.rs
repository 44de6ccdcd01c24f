//! Parameters that are allowed, and unwise together.

use latchkey::config::Environment;

use crate::doctor::{Examined, Level, Report};

pub(super) fn examine(examined: &Examined<'_>, report: &mut Report) {
    report.judge("parameters", faults(&examined.target.environment), "fit together");
}

fn faults(parameters: &Environment) -> Vec<(Level, String)> {
    let mut faults = without_limits(parameters);
    faults.extend(too_small(parameters));
    if !is_empty(parameters, "OPERATOR_ROLE_ARN") {
        let detail =
            "OperatorRoleArn names a role that may read the signing keys: empty it unless someone needs them";
        faults.push((Level::Warn, detail.to_owned()));
    }
    faults
}

fn number(parameters: &Environment, variable: &str) -> Option<u64> {
    parameters.get(variable)?.parse().ok()
}

fn is_empty(parameters: &Environment, variable: &str) -> bool {
    parameters.get(variable).is_none_or(str::is_empty)
}

/// Limits by address that are off although nothing hides the addresses.
fn without_limits(parameters: &Environment) -> Vec<(Level, String)> {
    let limits = [
        ("LoginPerMinute", "LOGIN_PER_MINUTE"),
        ("LoginPerHour", "LOGIN_PER_HOUR"),
        ("SignupPerHour", "SIGNUP_PER_HOUR"),
    ];
    let is_off = |(_, variable): &(&str, &str)| number(parameters, variable) == Some(0);
    let off = limits.into_iter().filter(|limit| is_empty(parameters, "PUBLIC_ORIGIN") && is_off(limit));
    let detail = |(parameter, _)| {
        format!(
            "{parameter} is 0, so one address has no limit. That is for a CDN that cannot send the client's address, \
             and PublicOrigin names none: set it to its default"
        )
    };
    off.map(|limit| (Level::Fail, detail(limit))).collect()
}

/// Capacities below what the throttles let through.
fn too_small(parameters: &Environment) -> Vec<(Level, String)> {
    let number = |variable: &str| number(parameters, variable).unwrap_or_default();
    let logins = number("LOGINS_PER_SECOND");
    let (signups, others) = (number("SIGNUPS_PER_SECOND"), number("REQUESTS_PER_SECOND"));
    // Lambda takes ten requests a second for each reserved environment. 0 reserves none.
    let reserved = |requests: u64| requests.div_ceil(10);
    let capacities = [
        ("LoginConcurrency", "LOGIN_CONCURRENCY", reserved(2 * (logins + signups) + 40)),
        ("SignupConcurrency", "SIGNUP_CONCURRENCY", reserved(2 * signups + 20)),
        ("OtherConcurrency", "OTHER_CONCURRENCY", reserved(2 * others + 60)),
        ("TableWriteRequestUnits", "TABLE_WRITE_REQUEST_UNITS", 14 * logins),
    ];
    let floor = number("LOGIN_FLOOR_MILLISECONDS");
    let capacities = capacities.into_iter().chain([(
        "LoginConcurrency",
        "LOGIN_CONCURRENCY",
        (logins * floor).div_ceil(1_000),
    )]);
    let small = capacities.filter(|(_, variable, least)| (1..*least).contains(&number(variable)));
    let detail = |(parameter, variable, least): (&str, &str, u64)| {
        let set = number(variable);
        format!(
            "{parameter} is {set}, and the throttles let more requests through: set it to {least} or more"
        )
    };
    small.map(|capacity| (Level::Warn, detail(capacity))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: [(&str, &str); 9] = [
        ("LOGIN_PER_MINUTE", "20"),
        ("LOGIN_PER_HOUR", "200"),
        ("SIGNUP_PER_HOUR", "10"),
        ("LOGINS_PER_SECOND", "500"),
        ("SIGNUPS_PER_SECOND", "100"),
        ("REQUESTS_PER_SECOND", "500"),
        ("LOGIN_CONCURRENCY", "0"),
        ("TABLE_WRITE_REQUEST_UNITS", "10000"),
        ("PUBLIC_ORIGIN", ""),
    ];

    fn with(changes: &[(&str, &str)]) -> Vec<(Level, String)> {
        let all = DEFAULTS.iter().chain(changes);
        faults(&Environment::new(all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))))
    }

    #[test]
    fn parameters_that_do_not_fit_together_are_found() {
        for sound in [
            &[][..],
            &[("LOGIN_PER_MINUTE", "0"), ("PUBLIC_ORIGIN", "https://app.example.com")],
            &[("LOGIN_CONCURRENCY", "124"), ("SIGNUP_CONCURRENCY", "22"), ("OTHER_CONCURRENCY", "106")],
            &[("LOGINS_PER_SECOND", "700"), ("TABLE_WRITE_REQUEST_UNITS", "9800")],
        ] {
            assert_eq!(with(sound), [], "{sound:?}");
        }
        for (change, level) in [
            (("LOGIN_PER_MINUTE", "0"), Level::Fail),
            (("LOGIN_PER_HOUR", "0"), Level::Fail),
            (("SIGNUP_PER_HOUR", "0"), Level::Fail),
            (("LOGIN_CONCURRENCY", "123"), Level::Warn),
            (("SIGNUP_CONCURRENCY", "21"), Level::Warn),
            (("OTHER_CONCURRENCY", "105"), Level::Warn),
            (("TABLE_WRITE_REQUEST_UNITS", "6999"), Level::Warn),
            (("OPERATOR_ROLE_ARN", "arn:aws:iam::123456789012:role/ops"), Level::Warn),
        ] {
            let found = with(&[change]);
            assert!(found.len() == 1 && found[0].0 == level, "{change:?} {found:?}");
        }
        let held = [("LOGIN_FLOOR_MILLISECONDS", "600"), ("LOGIN_CONCURRENCY", "299")];
        assert!(with(&held)[0].1.contains("set it to 300 or more"), "a refused login holds an environment");
    }
}
