//! What a request costs on AWS, and a month beside Amazon Cognito: `make cost`.
//!
//! Of `target/bench.json` it takes what the processor works for a request, and how often a request calls the database; the
//! rest are list prices and assumptions, which stand here and are printed.

use local::Failure;
use serde_json::Value;

use crate::report::JSON;

/// List prices of us-east-1 in USD, without free tiers, as of this date.
const PRICES_OF: &str = "2026-11-20";
const LAMBDA_GB_SECOND: f64 = 0.000_016_666_7;
const LAMBDA_REQUESTS: f64 = 0.20;
const API_GATEWAY_REQUESTS: f64 = 1.00;
const DYNAMODB_READS: f64 = 0.125;
const DYNAMODB_WRITES: f64 = 0.625;
const LOGS_GB: f64 = 0.50;
/// What a month costs without any request: the secret (0.40) and ten alarms (0.10 each).
const IDLE_MONTH: f64 = 1.40;

/// Assumed: one vCPU of Lambda takes so many times as long as the processor of the bench.
const SLOWER: f64 = 2.0;
/// Assumed: milliseconds for which a request waits for DynamoDB, one phase of it.
const PHASE_MS: f64 = 5.0;
/// The line of a request, and Lambda's three about it.
const LOG_KB: f64 = 1.3;
/// At this size a function has one vCPU, and a share of it at less.
const VCPU_MB: f64 = 1_769.0;
const SIZES: [f64; 4] = [128.0, 512.0, 1_024.0, VCPU_MB];

struct Route {
    name: &'static str,
    /// How often it calls the database, as the tests assert and the bench has seen.
    calls: f64,
    /// One after the other.
    phases: f64,
    /// Request units, of rows under 1 KB (writes) and 4 KB (consistent reads); in a transaction each write counts twice.
    reads: f64,
    writes: f64,
    /// Assumed: requests of an active user in a month.
    monthly: f64,
}

const ROUTES: [Route; 4] = [
    Route { name: "signup", calls: 2.0, phases: 2.0, reads: 0.0, writes: 9.0, monthly: 0.1 },
    Route { name: "login", calls: 6.0, phases: 2.0, reads: 2.0, writes: 4.0, monthly: 8.0 },
    Route { name: "profile", calls: 1.0, phases: 1.0, reads: 2.0, writes: 0.0, monthly: 200.0 },
    Route { name: "logout", calls: 1.0, phases: 1.0, reads: 0.0, writes: 1.0, monthly: 4.0 },
];

/// Cognito's prices of a monthly active user beyond so many, by tier.
const COGNITO: [(&str, &[(f64, f64)]); 3] = [
    ("Lite", &[(10_000.0, 0.0055), (100_000.0, 0.0046), (1_000_000.0, 0.003_25)]),
    ("Essentials", &[(10_000.0, 0.015)]),
    ("Plus", &[(0.0, 0.02)]),
];

struct Cost {
    milliseconds: f64,
    duration: f64,
    all: f64,
}

impl Route {
    /// USD of a million requests at this size, and the milliseconds of one.
    fn cost(&self, cpu_ms: f64, size_mb: f64) -> Cost {
        let milliseconds = cpu_ms * SLOWER * VCPU_MB / size_mb + self.phases * PHASE_MS;
        let duration = milliseconds.ceil() / 1e3 * size_mb / 1_024.0 * LAMBDA_GB_SECOND * 1e6;
        let database = self.reads * DYNAMODB_READS + self.writes * DYNAMODB_WRITES;
        let all = duration + LAMBDA_REQUESTS + API_GATEWAY_REQUESTS + database + LOG_KB * LOGS_GB;
        Cost { milliseconds, duration, all }
    }

    /// The size that the template gives it.
    fn size(&self) -> f64 {
        if self.name == "profile" || self.name == "logout" { 256.0 } else { VCPU_MB }
    }
}

pub(crate) fn print() -> Result<(), Failure> {
    let measured =
        std::fs::read_to_string(JSON).map_err(|error| format!("{JSON}: {error}. Run make bench first"))?;
    let measured: Value = serde_json::from_str(&measured)?;
    let of = |kind: &str, route: &str| {
        let value = measured.pointer(&format!("/{kind}/{route}")).and_then(Value::as_f64);
        value.ok_or_else(|| format!("{JSON} has no {kind} of {route}. Run make bench again"))
    };
    let mut month_of_one = 0.0;
    println!(
        "Milliseconds of a request; USD of a million: Lambda's time, and all. List prices of {PRICES_OF}.\n"
    );
    println!("| | {} |", SIZES.map(|size| format!("{size} MB")).join(" | "));
    println!("|---|{}", "---|".repeat(SIZES.len()));
    for route in &ROUTES {
        let (cpu, calls) = (of("cpu_ms", route.name)?, of("database_calls", route.name)?);
        if (calls - route.calls).abs() > 0.01 {
            let name = route.name;
            return Err(
                format!("{name} makes {calls} calls of the database: mend infra/bench/src/cost.rs").into()
            );
        }
        let columns = SIZES.map(|size| {
            let Cost { milliseconds, duration, all } = route.cost(cpu, size);
            format!("{milliseconds:.0} ms, {duration:.2}, {all:.2}")
        });
        println!("| {} | {} |", route.name, columns.join(" | "));
        month_of_one += route.monthly * route.cost(cpu, route.size()).all / 1e6;
    }
    println!("\nUSD a month, beside Amazon Cognito:\n");
    println!("| active users | Latchkey | {} |", COGNITO.map(|(tier, _)| tier).join(" | "));
    println!("|---|---|---|---|---|");
    for users in [10_000.0, 100_000.0, 1_000_000.0] {
        let theirs = COGNITO.map(|(_, steps)| format!("{:.0}", cognito(users, steps)));
        println!("| {users} | {:.0} | {} |", IDLE_MONTH + users * month_of_one, theirs.join(" | "));
    }
    println!(
        "\nAssumed: a vCPU of Lambda takes {SLOWER} times as long as this processor, a phase of DynamoDB {PHASE_MS} ms, a request \
         logs {LOG_KB} KB; an active user makes in a month {}. Without mail, WAF and storage.",
        ROUTES.map(|route| format!("{} x {}", route.monthly, route.name)).join(", ")
    );
    Ok(())
}

fn cognito(users: f64, steps: &[(f64, f64)]) -> f64 {
    let ends = steps.iter().skip(1).map(|(from, _)| *from).chain([f64::INFINITY]);
    steps.iter().zip(ends).map(|((from, price), to)| (users.min(to) - from).max(0.0) * price).sum()
}
