//! The program behind `make dev`, `make sam-local`, `make seed` and `make reset`.

use std::path::PathBuf;
use std::process::ExitCode;

use local::data::Data;
use local::stack::{self, Options};
use local::{Failure, sam, seed};

const USAGE: &str = "usage: local dev --root DIR --data DIR --port PORT | \
    local sam --root DIR --data DIR --tools DIR --port PORT | \
    local seed --port PORT | local reset --data DIR";

#[tokio::main]
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
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().ok_or(USAGE)?;
    let mut options: Options = Options { root: ".".into(), data: ".".into(), tools: ".".into(), port: 9000 };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match name.as_str() {
            "--root" => options.root = PathBuf::from(value),
            "--data" => options.data = PathBuf::from(value),
            "--tools" => options.tools = PathBuf::from(value),
            "--port" => {
                let port = value.parse().ok().filter(|port| *port > 0);
                options.port =
                    port.ok_or_else(|| format!("PORT must be a number from 1 to 65535, not {value}"))?;
            }
            _ => return Err(USAGE.into()),
        }
    }
    match command.as_str() {
        "dev" => stack::run(&options).await,
        "sam" => sam::run(&options).await,
        "seed" => seed::run(options.port).await,
        "reset" if !options.data.exists() => {
            Err(format!("nothing to delete: {} does not exist", options.data.display()).into())
        }
        "reset" => Data::open(&options.data)?.reset(),
        _ => Err(USAGE.into()),
    }
}
