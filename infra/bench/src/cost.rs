//! `make cost`: what requests cost on AWS, what a month costs compared with Amazon Cognito, and the most that a day can
//! cost.
//!
//! The CPU time of a request and its number of database calls come from `target/bench.json`. The rest are list prices
//! and assumptions, which are in this file and are printed.

use local::Failure;
use local::template::Template;
use serde_json::Value;

use crate::report::JSON;

/// The date of the list prices below. They are those of us-east-1 in US dollars, without free tiers.
const PRICES_OF: &str = "2026-11-20";
const LAMBDA_GB_SECOND: f64 = 0.000_016_666_7;
const LAMBDA_REQUESTS: f64 = 0.20;
const API_GATEWAY_REQUESTS: f64 = 1.00;
const DYNAMODB_READS: f64 = 0.125;
const DYNAMODB_WRITES: f64 = 0.625;
const LOGS_GB: f64 = 0.50;
const TRANSFER_GB: f64 = 0.09;
/// The cost of a month without any request: the secret (0.40) and eleven alarms (0.10 each).
const IDLE_MONTH: f64 = 1.50;

/// Assumption: a vCPU of Lambda takes this many times as long as the processor of the bench.
const SLOWER: f64 = 2.0;
/// Assumption: the milliseconds of one phase, in which a request waits for DynamoDB.
const PHASE_MS: f64 = 5.0;
/// Assumption: the size of the log entry of a request, together with Lambda's three entries about it.
const LOG_KB: f64 = 1.3;
/// The size of the largest page, which the tests assert, with its headers.
const PAGE_KB: f64 = 7.5;
const SECONDS_OF_DAY: f64 = 86_400.0;
/// With this much memory a function has one vCPU, and with less a share of one.
const VCPU_MB: f64 = 1_769.0;
const SIZES: [f64; 4] = [128.0, 512.0, 1_024.0, VCPU_MB];

struct Route {
    name: &'static str,
    /// The number of database calls, which the tests assert. `make cost` compares it with what the bench measured.
    calls: f64,
    /// The number of phases. Calls of one phase run in parallel.
    phases: f64,
    /// Read request units: a consistent read of up to 4 KB is one.
    reads: f64,
    /// Write request units: a write of up to 1 KB is one, and two in a transaction.
    writes: f64,
    /// Assumption: the requests of an active user in a month.
    monthly: f64,
}

const ROUTES: [Route; 4] = [
    Route { name: "signup", calls: 4.0, phases: 3.0, reads: 0.0, writes: 11.0, monthly: 0.1 },
    Route { name: "login", calls: 6.0, phases: 2.0, reads: 2.0, writes: 4.0, monthly: 8.0 },
    Route { name: "profile", calls: 1.0, phases: 1.0, reads: 2.0, writes: 0.0, monthly: 200.0 },
    Route { name: "logout", calls: 1.0, phases: 1.0, reads: 0.0, writes: 1.0, monthly: 4.0 },
];

/// Cognito's tiers. A step is a number of monthly active users, and the price of each user from there to the next step.
const COGNITO: [(&str, &[(f64, f64)]); 3] = [
    ("Lite", &[(10_000.0, 0.0055), (100_000.0, 0.0046), (1_000_000.0, 0.003_25)]),
    ("Essentials", &[(10_000.0, 0.015)]),
    ("Plus", &[(0.0, 0.02)]),
];

struct Cost {
    /// The duration of one request.
    milliseconds: f64,
    /// US dollars of a million requests for Lambda's time.
    duration: f64,
    /// US dollars of a million requests in all.
    total: f64,
}

impl Route {
    /// The cost of requests to a function of this size.
    fn cost(&self, cpu_ms: f64, size_mb: f64) -> Cost {
        let milliseconds = cpu_ms * SLOWER * VCPU_MB / size_mb + self.phases * PHASE_MS;
        let duration = milliseconds.ceil() / 1e3 * size_mb / 1_024.0 * LAMBDA_GB_SECOND * 1e6;
        let database = self.reads * DYNAMODB_READS + self.writes * DYNAMODB_WRITES;
        let total = duration + LAMBDA_REQUESTS + API_GATEWAY_REQUESTS + database + LOG_KB * LOGS_GB;
        Cost { milliseconds, duration, total }
    }

    /// The memory that the template gives the function.
    fn size(&self) -> f64 {
        if self.name == "profile" || self.name == "logout" { 256.0 } else { VCPU_MB }
    }
}

pub(crate) fn print() -> Result<(), Failure> {
    let measured =
        std::fs::read_to_string(JSON).map_err(|error| format!("{JSON}: {error}. Run make bench first"))?;
    let month_of_one = print_requests(&serde_json::from_str(&measured)?)?;
    print_months(month_of_one);
    print_ceiling(&serde_json::from_str(&measured)?)?;
    let [signup, login, profile, logout] = ROUTES.map(|route| format!("{} x {}", route.monthly, route.name));
    println!(
        "\nAssumptions: a vCPU of Lambda takes {SLOWER} times as long as this processor, a phase of DynamoDB takes \
         {PHASE_MS} ms, and a request logs {LOG_KB} KB. An active user makes {signup}, {login}, {profile} and {logout} \
         in a month. Mail, WAF and storage are not included."
    );
    Ok(())
}

/// Prints the cost of each route, and returns the US dollars of the requests of one active user in a month.
fn print_requests(measured: &Value) -> Result<f64, Failure> {
    let mut month_of_one = 0.0;
    println!(
        "Each cell: milliseconds of one request, then US dollars of a million requests for Lambda's time, and in all. \
         List prices of {PRICES_OF}.\n"
    );
    println!("| | {} |", SIZES.map(|size| format!("{size} MB")).join(" | "));
    println!("|---|{}", "---|".repeat(SIZES.len()));
    for route in &ROUTES {
        let (name, expected) = (route.name, route.calls);
        let (cpu, calls) = (of(measured, "cpu_ms", name)?, of(measured, "database_calls", name)?);
        if (calls - expected).abs() > 0.01 {
            return Err(format!(
                "{name} made {calls} database calls instead of {expected}. Correct infra/bench/src/cost.rs"
            )
            .into());
        }
        let columns = SIZES.map(|size| {
            let Cost { milliseconds, duration, total } = route.cost(cpu, size);
            format!("{milliseconds:.0} ms, {duration:.2}, {total:.2}")
        });
        println!("| {name} | {} |", columns.join(" | "));
        month_of_one += route.monthly * route.cost(cpu, route.size()).total / 1e6;
    }
    Ok(month_of_one)
}

fn of(measured: &Value, kind: &str, route: &str) -> Result<f64, Failure> {
    let value = measured.pointer(&format!("/{kind}/{route}")).and_then(Value::as_f64);
    value.ok_or_else(|| format!("{JSON} has no {kind} of {route}. Run make bench again").into())
}

/// Prints what a day costs in which every route gets what its throttle lets through.
fn print_ceiling(measured: &Value) -> Result<(), Failure> {
    let mut totals = [0.0; ROUTES.len()];
    for (total, route) in totals.iter_mut().zip(&ROUTES) {
        *total = route.cost(of(measured, "cpu_ms", route.name)?, route.size()).total;
    }
    let template = Template::parse(&std::fs::read_to_string("template.yaml")?)?;
    println!("\nUS dollars of a day in which a flood fills every throttle of the template:\n");
    println!("| route | requests a second | a day |");
    println!("|---|---|---|");
    let rows = ceiling(&template, totals);
    for (route, rate, dollars) in &rows {
        println!("| `{route}` | {rate} | {dollars:.0} |");
    }
    println!("| all | | {:.0} |", rows.iter().map(|(_, _, dollars)| dollars).sum::<f64>());
    Ok(())
}

/// Each route of the template with its throttle and the US dollars of a day at that throttle. `totals` are the US
/// dollars of a million requests of each of [`ROUTES`]. A route that is none of them costs what one of them does that
/// makes about as many calls and hashes, or else what the profile costs. Each response is as large as the largest page.
fn ceiling(template: &Template, totals: [f64; ROUTES.len()]) -> Vec<(String, u32, f64)> {
    let transfer = PAGE_KB * TRANSFER_GB;
    let total = |key: &str| {
        let name = match key {
            "POST /confirm" => "login",
            "POST /reset" | "POST /profile/password" => "signup",
            _ => key.trim_start_matches("POST /"),
        };
        let own = ROUTES.iter().zip(totals).find(|(route, _)| route.name == name);
        let of_profile = ROUTES.iter().zip(totals).find(|(route, _)| route.name == "profile");
        own.or(of_profile).map_or(0.0, |(_, total)| total)
    };
    let keys =
        template.functions().into_iter().flat_map(|function| function.route_keys().collect::<Vec<_>>());
    keys.map(|key| {
        let rate = template.throttle(&key).unwrap_or_default();
        let millions = f64::from(rate) * SECONDS_OF_DAY / 1e6;
        let dollars = millions * (total(&key) + transfer);
        (key, rate, dollars)
    })
    .collect()
}

/// Prints what a month costs, from the US dollars of the requests of one active user.
fn print_months(month_of_one: f64) {
    println!("\nUS dollars a month, compared with Amazon Cognito:\n");
    println!("| active users | Latchkey | {} |", COGNITO.map(|(tier, _)| tier).join(" | "));
    println!("|---|---|---|---|---|");
    for users in [10_000.0, 100_000.0, 1_000_000.0] {
        let tiers = COGNITO.map(|(_, steps)| format!("{:.0}", cognito(users, steps)));
        println!("| {users} | {:.0} | {} |", IDLE_MONTH + users * month_of_one, tiers.join(" | "));
    }
}

/// The US dollars of a month in a tier of Cognito.
fn cognito(users: f64, steps: &[(f64, f64)]) -> f64 {
    let ends = steps.iter().skip(1).map(|(from, _)| *from).chain([f64::INFINITY]);
    steps.iter().zip(ends).map(|((from, price), to)| (users.min(to) - from).max(0.0) * price).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figure of docs/operating.md follows from its own table of a million requests and from the template.
    #[test]
    fn the_documented_ceiling_of_a_day_is_that_of_the_template() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let read = |file: &str| std::fs::read_to_string(format!("{root}/{file}")).unwrap();
        let (document, template) = (read("docs/operating.md"), read("template.yaml"));
        let totals = ["sign-up", "login", "profile", "logout"].map(|name| {
            let row = document.lines().find(|line| line.starts_with(&format!("| {name} | 1.20 |"))).unwrap();
            row.trim_end_matches(" |").rsplit(' ').next().unwrap().parse().unwrap()
        });
        let rows = ceiling(&Template::parse(&template).unwrap(), totals);
        let sum = rows.iter().map(|(_, _, dollars)| dollars).sum::<f64>();
        let flowing = document.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flowing.contains(&format!("about {sum:.0} dollars a day")), "{sum:.0}: {rows:?}");
    }
}
