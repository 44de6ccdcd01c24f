//! `make cost`: what requests cost on AWS, what a month costs compared with Amazon Cognito, and the most that a day can
//! cost.
//!
//! The CPU time of each request and its number of database calls come from `target/bench.json`. The rest are list
//! prices and assumptions, which are in this file and are printed.

mod ceiling;

use local::Failure;
use local::template::Template;
use serde_json::Value;

use crate::cognito;
use crate::lives::{ANOTHER_ADDRESS, AUTHORIZATION, BY_EMAIL, MAIL, REFRESH, WITH_LINK};
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
const SES_MAILS: f64 = 100.0;

/// Assumption: a vCPU of Lambda takes this many times as long as the processor of the bench.
const SLOWER: f64 = 2.0;
/// Assumption: the milliseconds of one phase, in which a request waits for DynamoDB.
const PHASE_MS: f64 = 5.0;
/// Assumption: the size of the log entry of a request, together with Lambda's three entries about it.
const LOG_KB: f64 = 1.3;
/// With this much memory a function has one vCPU, and with less a share of one.
const VCPU_MB: f64 = 1_769.0;
const SIZES: [f64; 4] = [128.0, 512.0, 1_024.0, VCPU_MB];

/// What a request, or a mail, takes.
pub(crate) struct Work {
    /// The key of its route, perhaps with the kind of the request after a comma, or [`MAIL`] or [`AUTHORIZATION`].
    pub name: &'static str,
    /// The number of database calls, which the tests assert. `make cost` compares it with what the bench measured.
    calls: f64,
    /// The number of phases. Calls of one phase run in parallel.
    phases: f64,
    /// Read request units: a consistent read of up to 4 KB is one.
    reads: f64,
    /// Write request units: a write of up to 1 KB is one, and two in a transaction.
    writes: f64,
    /// Assumption: how often an active user brings it about in a month.
    monthly: f64,
}

/// Mail is on, and a login comes from an unknown device. The other requests come from a known one. A deletion ends five
/// sessions.
pub(crate) const WORK: [Work; 26] = [
    work("POST /signup", [4.0, 3.0], [0.0, 13.0], 0.1),
    work(BY_EMAIL, [3.0, 2.0], [0.0, 3.0], 0.0),
    work(WITH_LINK, [5.0, 4.0], [1.0, 13.0], 0.0),
    work("POST /login", [6.0, 2.0], [2.0, 5.0], 8.0),
    work("POST /confirm", [5.0, 3.0], [4.0, 4.0], 0.5),
    work("POST /forgot", [3.0, 3.0], [0.0, 3.0], 0.1),
    work("POST /reset", [5.0, 4.0], [2.0, 12.0], 0.1),
    work("POST /verify", [3.0, 2.0], [3.0, 4.0], 0.1),
    work(ANOTHER_ADDRESS, [4.0, 3.0], [4.0, 10.0], 0.01),
    work("POST /profile/verify", [4.0, 4.0], [2.0, 3.0], 0.02),
    work("POST /profile/password", [6.0, 4.0], [3.0, 15.0], 0.05),
    work("GET /profile/sessions", [2.0, 2.0], [3.0, 0.0], 0.2),
    work("POST /profile/sessions/end", [2.0, 2.0], [2.0, 1.0], 0.05),
    work("POST /profile/sessions/end-others", [3.0, 3.0], [2.0, 9.0], 0.05),
    work("GET /profile", [1.0, 1.0], [2.0, 0.0], 200.0),
    work("POST /token", [1.0, 1.0], [2.0, 0.0], 0.0),
    work(REFRESH, [2.0, 1.0], [1.0, 1.0], 0.0),
    work("POST /profile/name", [3.0, 3.0], [2.0, 3.0], 0.02),
    work("POST /profile/username", [5.0, 4.0], [3.0, 10.0], 0.01),
    work("POST /profile/email", [6.0, 6.0], [2.0, 5.0], 0.01),
    work("GET /profile/data", [2.0, 2.0], [3.0, 0.0], 0.01),
    work("POST /profile/delete", [9.0, 5.0], [3.0, 14.0], 0.01),
    work("POST /undo", [5.0, 4.0], [2.0, 14.0], 0.001),
    work("POST /logout", [1.0, 1.0], [0.0, 1.0], 4.0),
    work(AUTHORIZATION, [1.0, 1.0], [2.0, 0.0], 0.0),
    work(MAIL, [6.0, 7.0], [3.0, 3.0], 0.5),
];

const fn work(
    name: &'static str,
    [calls, phases]: [f64; 2],
    [reads, writes]: [f64; 2],
    monthly: f64,
) -> Work {
    Work { name, calls, phases, reads, writes, monthly }
}

/// Milliseconds, and US dollars of a million.
struct Cost {
    /// The duration of one.
    milliseconds: f64,
    /// What a million invocations cost, with API Gateway or SES.
    requests: f64,
    /// What Lambda's time costs.
    duration: f64,
    /// What the database costs.
    database: f64,
    /// All of it, with the logs.
    total: f64,
}

impl Work {
    /// The cost with a function of this size.
    fn cost(&self, cpu_ms: f64, size_mb: f64) -> Cost {
        let milliseconds = cpu_ms * SLOWER * VCPU_MB / size_mb + self.phases * PHASE_MS;
        let duration = milliseconds.ceil() / 1e3 * size_mb / 1_024.0 * LAMBDA_GB_SECOND * 1e6;
        let database = self.reads * DYNAMODB_READS + self.writes * DYNAMODB_WRITES;
        let requests = LAMBDA_REQUESTS
            + match self.name {
                MAIL => SES_MAILS,
                // API Gateway's price is that of the request of the API itself.
                AUTHORIZATION => 0.0,
                _ => API_GATEWAY_REQUESTS,
            };
        let total = requests + duration + database + LOG_KB * LOGS_GB;
        Cost { milliseconds, requests, duration, database, total }
    }

    fn route(&self) -> &str {
        self.name.split(", ").next().unwrap_or_default()
    }

    /// The memory in MB that the template gives its function.
    fn size(&self, template: &Template) -> f64 {
        let functions = template.functions();
        let own = functions.iter().find(|function| match self.name {
            MAIL => function.stream.is_some(),
            AUTHORIZATION => function.name == "authorizer",
            _ => function.route_keys().any(|key| key == self.route()),
        });
        own.map_or(0.0, |function| function.memory.into())
    }
}

pub(crate) fn print() -> Result<(), Failure> {
    let measured =
        std::fs::read_to_string(JSON).map_err(|error| format!("{JSON}: {error}. Run make bench first"))?;
    let measured = serde_json::from_str(&measured)?;
    let template = Template::parse(&std::fs::read_to_string("template.yaml")?)?;
    print_sizes(&measured)?;
    let totals = print_requests(&measured, &template)?;
    let month_of_one = WORK.iter().zip(totals).map(|(work, total)| work.monthly * total / 1e6).sum();
    cognito::print_months(month_of_one);
    ceiling::print(&template, totals);
    let often = WORK.iter().map(|work| format!("{} x {}", work.monthly, work.name)).collect::<Vec<_>>();
    println!(
        "\nAssumptions: a vCPU of Lambda takes {SLOWER} times as long as this processor, a phase of DynamoDB takes \
         {PHASE_MS} ms, and a request logs {LOG_KB} KB. Mail is on. An active user makes these in a month: {}. WAF and \
         storage are not included.",
        often.join(", ")
    );
    Ok(())
}

/// Prints what each costs with functions of different sizes.
fn print_sizes(measured: &Value) -> Result<(), Failure> {
    println!(
        "Each cell: milliseconds of one, then US dollars of a million for Lambda's time, and in all. List prices of \
         {PRICES_OF}.\n"
    );
    println!("| | {} |", SIZES.map(|size| format!("{size} MB")).join(" | "));
    println!("|---|{}", "---|".repeat(SIZES.len()));
    for work in &WORK {
        let cpu = cpu(measured, work)?;
        let columns = SIZES.map(|size| {
            let Cost { milliseconds, duration, total, .. } = work.cost(cpu, size);
            format!("{milliseconds:.0} ms, {duration:.2}, {total:.2}")
        });
        println!("| {} | {} |", work.name, columns.join(" | "));
    }
    Ok(())
}

/// Prints what a million of each cost with the functions of the template, and returns the totals.
fn print_requests(measured: &Value, template: &Template) -> Result<[f64; WORK.len()], Failure> {
    println!("\nUS dollars of a million, with the functions of the template:\n");
    println!("| | requests | duration | DynamoDB (write and read units) | logs | sum |");
    println!("|---|---|---|---|---|---|");
    let mut totals = [0.0; WORK.len()];
    for (sum, work) in totals.iter_mut().zip(&WORK) {
        let size = work.size(template);
        let Cost { milliseconds, requests, duration, database, total } =
            work.cost(cpu(measured, work)?, size);
        let Work { name, reads, writes, .. } = work;
        println!(
            "| {name} | {requests:.2} | {duration:.2} ({milliseconds:.0} ms at {size} MB) | {database:.2} ({writes} \
             and {reads}) | {:.2} | {total:.2} |",
            LOG_KB * LOGS_GB
        );
        *sum = total;
    }
    Ok(totals)
}

/// The milliseconds of CPU time that were measured. An error if the database calls were other ones than expected.
fn cpu(measured: &Value, work: &Work) -> Result<f64, Failure> {
    let Work { name, calls: expected, .. } = work;
    let of = |kind: &str| {
        let value = measured.get(kind).and_then(|values| values.get(name)).and_then(Value::as_f64);
        value.ok_or_else(|| format!("{JSON} has no {kind} of {name}. Run make bench again"))
    };
    // The log entries of mails do not count the calls, and those of the authorizer are only of refusals.
    let calls = if [MAIL, AUTHORIZATION].contains(name) { *expected } else { of("database_calls")? };
    if (calls - expected).abs() > 0.01 {
        return Err(format!(
            "{name} made {calls} database calls instead of {expected}. Correct infra/bench/src/cost.rs"
        )
        .into());
    }
    Ok(of("cpu_ms")?)
}
