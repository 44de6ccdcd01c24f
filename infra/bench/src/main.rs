//! The program behind `make bench`, `make bench-against`, `make growth` and `make cost`: it measures Latchkey and its
//! peers.
//!
//! `make bench` measures all contestants on one processor and in one run, in which they alternate. It reads the CPU
//! time of each process. The ratios of two contestants are what counts; milliseconds belong to one machine.

mod against;
mod cognito;
mod cold;
mod contestants;
mod cost;
mod function;
mod growth;
mod hash;
mod lives;
mod processor;
mod report;
mod runtime_api;
mod samples;
mod services;
mod tokens;
mod users;
mod warm;

use std::path::Path;
use std::process::ExitCode;

use local::Failure;

const USAGE: &str = "usage, in the root of the repository: bench run NODE | bench against FOLDER BUILT | \
    bench growth | bench cost | bench first-hash latchkey|argon2";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("latchkey: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["run", node] => bench(Path::new(node)).await,
        ["against", before, built] => {
            processor::stay_on_one()?;
            against::measure(Path::new(before), Path::new(built)).await
        }
        ["cost"] => cost::print(),
        ["growth"] => growth::measure().await,
        ["first-hash", implementation] => hash::print_first(implementation),
        _ => Err(USAGE.into()),
    }
}

async fn bench(node: &Path) -> Result<(), Failure> {
    processor::stay_on_one()?;
    let services = services::Services::start(Path::new(".")).await?;
    let contestants = contestants::Contestants::new(&services, node);
    let mut samples = samples::Samples::default();
    cold::measure(&services, &contestants, &mut samples).await?;
    warm::measure(&services, &contestants, &mut samples).await?;
    report::print(&samples, &contestants)
}
