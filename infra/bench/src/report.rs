//! The results of `make bench`: tables for readers, and `target/bench.json` for comparisons over time.

use std::path::Path;
use std::process::Command;

use local::Failure;
use serde_json::{Map, Value, json};

use crate::contestants::{Contestants, binary};
use crate::cost::WORK;
use crate::samples::{Figure, Samples};
use crate::tokens;

pub(crate) const JSON: &str = "target/bench.json";

/// The ratios: the key, the two quantities, and the goal.
const RATIOS: [(&str, &str, &str, &str); 21] = [
    ("hash_warm_vs_argon2", "hash warm cpu", "argon2 hash warm cpu", "0.40 with AVX-512, 0.60 with AVX2"),
    ("hash_warm_vs_node_rs", "hash warm cpu", "@node-rs/argon2 hash warm cpu", "0.80"),
    ("hash_first_vs_argon2", "hash first cpu", "argon2 hash first cpu", "0.30"),
    ("login_cpu_vs_hash", "login warm cpu", "hash between logins warm cpu", "1.25"),
    ("memory_60_vs_1", "login memory after 60", "login memory after 1", "1.1"),
    ("init_vs_hello", "profile init cpu", "hello init cpu", "1.30"),
    ("init_vs_node_sdk", "profile init cpu", "Node, AWS SDK init cpu", "0.0333"),
    ("first_answer_vs_node_sdk", "profile first cpu", "Node, AWS SDK first cpu", "0.0333"),
    ("profile_cpu_vs_hello", "profile warm cpu", "hello warm cpu", "2.7"),
    ("profile_cpu_vs_node_sdk", "profile warm cpu", "Node, AWS SDK warm cpu", "0.0667"),
    ("login_cpu_vs_lucia", "login warm cpu", "Node, Lucia login warm cpu", "0.8"),
    ("login_cpu_vs_better_auth", "login warm cpu", "Node, Better Auth login warm cpu", "0.1"),
    ("token_cpu_vs_profile", "token warm cpu", "profile warm cpu", "5"),
    ("token_cpu_vs_better_auth", "token warm cpu", "Node, Better Auth token warm cpu", "1"),
    ("token_cpu_vs_better_auth_rs256", "token warm cpu", "Node, Better Auth token, RS256 warm cpu", "0.5"),
    ("refresh_cpu_vs_profile", "POST /token, refresh warm cpu", "profile warm cpu", "6"),
    ("authorizer_cpu_vs_profile", "an authorization warm cpu", "profile warm cpu", "1.2"),
    ("discovery_cpu_vs_profile", "discovery warm cpu", "profile warm cpu", "1"),
    ("discovery_cpu_vs_better_auth", "discovery warm cpu", "Node, Better Auth keys warm cpu", "0.5"),
    ("decryption_vs_profile", "decryption of a session token warm cpu", "profile warm cpu", "0.02"),
    (
        "login_cpu_unknown_vs_wrong",
        "login, unknown warm cpu",
        "login, wrong password warm cpu",
        "1.03, and not under 0.97",
    ),
];

pub(crate) fn print(samples: &Samples, contestants: &Contestants) -> Result<(), Failure> {
    let mut json = Map::new();
    print_ratios(samples, &mut json)?;
    let sizes = sizes(contestants)?;
    print_largest(&sizes, contestants, &mut json);
    print_start(samples, contestants);
    print_warm(samples);
    print_memory(samples, &mut json);
    println!("\n## Size\n\nThe stripped binary in MB, and zipped.\n\n| | binary | zip |\n|---|---|---|");
    for (name, size, zipped) in &sizes {
        println!("| {name} | {size:.2} | {zipped:.2} |");
    }
    let conditions = conditions()?;
    println!("\n## Conditions\n");
    for (name, value) in &conditions {
        println!("- {name}: {value}");
        json.insert(name.clone(), json!(value));
    }
    json.insert("cpu_ms".to_owned(), of_requests(samples, "warm cpu"));
    json.insert("database_calls".to_owned(), of_requests(samples, "calls"));
    std::fs::write(JSON, serde_json::to_string_pretty(&Value::Object(json))? + "\n")?;
    eprintln!("latchkey: the results are in {JSON}");
    Ok(())
}

fn print_ratios(samples: &Samples, json: &mut Map<String, Value>) -> Result<(), Failure> {
    println!("## Ratios\n");
    println!("For two contestants that alternate: the median of the rounds, and its quartiles.\n");
    println!("| | key in `bench.json` | ratio | quartiles | pairs | at most |\n|---|---|---|---|---|---|");
    for (key, of, to, most) in RATIOS {
        let figure = samples.ratio(of, samples, to).ok_or_else(|| format!("{key} was not measured"))?;
        let Figure { median, low, high, count } = figure;
        println!("| {of} / {to} | `{key}` | {median:.3} | {low:.3} to {high:.3} | {count} | {most} |");
        json.insert(key.to_owned(), json!({ "median": median, "low": low, "high": high, "pairs": count }));
    }
    Ok(())
}

/// Adds Latchkey's largest binary to the table of the ratios.
fn print_largest(sizes: &[Size], contestants: &Contestants, json: &mut Map<String, Value>) {
    let is_latchkey =
        |name: &str| contestants.latchkey.iter().any(|program| program.name == name) || name == "rotation";
    let sizes = sizes.iter().filter(|(name, ..)| is_latchkey(name)).map(|(_, size, _)| *size);
    let largest = sizes.fold(0.0, f64::max);
    println!("| largest binary, MB | `binary_mb` | {largest:.2} | | | 6.2 |");
    json.insert(
        "binary_mb".to_owned(),
        json!({ "median": largest, "low": largest, "high": largest, "pairs": 1 }),
    );
}

fn print_start(samples: &Samples, contestants: &Contestants) {
    println!(
        "\n## Start\n\nMilliseconds since the process was created, and the memory in MiB that it had at its first \
         response.\n"
    );
    println!("| | asks for an event: CPU | wall | first response: CPU | wall | memory |");
    println!("|---|---|---|---|---|---|");
    for name in names(contestants) {
        let columns = ["init cpu", "init wall", "first cpu", "first wall", "start memory"];
        let cells = columns.map(|column| {
            let figure = samples.figure(&format!("{name} {column}"));
            figure.map_or_else(|| "|".to_owned(), |figure| format!("| {:.2} ", figure.median))
        });
        println!("| {name} {}|", cells.concat());
    }
}

fn print_warm(samples: &Samples) {
    println!("\n## Warm\n\nMilliseconds of CPU time for one request or one hash.\n");
    println!("| | milliseconds | quartiles |\n|---|---|---|");
    for name in WARM.into_iter().chain(WORK.iter().map(|work| work.name)) {
        if let Some(Figure { median, low, high, .. }) = samples.figure(&format!("{name} warm cpu")) {
            println!("| {name} | {median:.3} | {low:.3} to {high:.3} |");
        }
    }
    println!("\nAnd microseconds:\n\n| | microseconds | quartiles |\n|---|---|---|");
    for name in [tokens::SEAL, tokens::OPEN] {
        if let Some(Figure { median, low, high, .. }) = samples.figure(&format!("{name} warm cpu")) {
            println!("| {name} | {:.2} | {:.2} to {:.2} |", median * 1e3, low * 1e3, high * 1e3);
        }
    }
}

fn print_memory(samples: &Samples, json: &mut Map<String, Value>) {
    println!("\n## Memory of the login\n\nThe peak of the process in MiB. The hash takes 19 of it.\n");
    for what in ["login memory after 1", "login memory after 60"] {
        if let Some(figure) = samples.figure(what) {
            println!("- {what}: {:.1}", figure.median);
            json.insert(what.replace(' ', "_"), json!(figure.median));
        }
    }
}

/// The contestants in the table of warm functions, in its order. What `make cost` needs comes after them.
const WARM: [&str; 19] = [
    "hash",
    "hash between logins",
    "argon2 hash",
    "@node-rs/argon2 hash",
    "login",
    "login, wrong password",
    "login, unknown",
    "Node, Lucia login",
    "Node, Better Auth login",
    "profile",
    "token",
    "Node, Better Auth token",
    "Node, Better Auth token, RS256",
    "discovery",
    "Node, Better Auth keys",
    "Node, Better Auth keys, RS256",
    "profile, SDK's defaults",
    "Node, AWS SDK",
    "hello",
];

fn names(contestants: &Contestants) -> Vec<&'static str> {
    let peers = [
        &contestants.hello,
        &contestants.defaults,
        &contestants.node_sdk,
        &contestants.lucia,
        &contestants.better_auth,
    ];
    contestants.latchkey.iter().chain(peers).map(|program| program.name).collect()
}

/// A quantity of each request, for `make cost`.
fn of_requests(samples: &Samples, what: &str) -> Value {
    let of = |name: &str| samples.figure(&format!("{name} {what}")).map(|figure| figure.median);
    WORK.iter().map(|work| (work.name.to_owned(), json!(of(work.name)))).collect()
}

/// A name, the MB of its binary, and the MB of the archive that SAM uploads.
type Size = (&'static str, f64, f64);

fn sizes(contestants: &Contestants) -> Result<Vec<Size>, Failure> {
    let of = |name, file: &Path| {
        let size = u32::try_from(std::fs::metadata(file)?.len())?;
        Ok((name, f64::from(size) / 1e6, f64::from(local::package::zipped(file)?) / 1e6))
    };
    let latchkey = contestants.latchkey.iter().map(|program| program.name).chain(["rotation"]);
    let latchkey = latchkey.map(|name| of(name, &binary(name)));
    let peers = [&contestants.hello, &contestants.defaults].map(|program| of(program.name, &program.file));
    latchkey.chain(peers).collect()
}

fn conditions() -> Result<Vec<(String, String)>, Failure> {
    let info = std::fs::read_to_string("/proc/cpuinfo")?;
    let processor = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let packages: Value =
        serde_json::from_str(&std::fs::read_to_string("infra/bench/peers/node/package.json")?)?;
    let packages = packages.get("dependencies").and_then(Value::as_object).into_iter().flatten();
    let packages: Vec<String> =
        packages.map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default())).collect();
    let line = |name: &str, value: String| (name.to_owned(), value);
    Ok(vec![
        line("date", output("date", &["-u", "+%Y-%m-%d"])?),
        line("processor", processor.unwrap_or("unknown").to_owned()),
        line("hash_backend", argon2_rust::detected_backend().to_string()),
        line("system", output("uname", &["-sr"])?),
        line(
            "huge_pages",
            std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled")
                .unwrap_or_default()
                .trim()
                .to_owned(),
        ),
        line("rust", output("rustc", &["--version"])?),
        line("node", output("node", &["--version"])?),
        line("packages", packages.join(", ")),
    ])
}

fn output(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(program).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
