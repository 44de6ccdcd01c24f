//! The program `latchkey`: an operator finds, shows, changes and deletes the users of a stack.
//!
//! It calls DynamoDB with the operator's own AWS credentials, through the store that the functions use, with the same
//! conditions. There is no route for operators. `docs/operating.md` has its commands.

mod account;
mod arguments;
mod doctor;
mod documents;
mod dry_run;
mod export;
mod files;
pub mod import;
mod keys;
mod local;
mod log;
mod output;
mod pace;
mod password;
mod question;
mod stats;
mod stop;
mod target;
mod user;
mod who;

use std::process::ExitCode;

use clap::Parser as _;
use latchkey::config::Environment;
use latchkey::time::Timestamp;
use serde_json::json;

use crate::arguments::{Arguments, Common, Noun};
use crate::keys::Ring;
use crate::output::{Output, escaped, escaped_json, tell};
use crate::stop::Stop;
use crate::target::Target;
use crate::user::Desk;

/// Does what the command line says; the exit code.
pub async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let no_colour = Environment::from_process().get("NO_COLOR").is_some();
    let output = Output::new(&arguments.common, no_colour);
    // On another thread: a command may compute for long, and a question may wait for its answer.
    let goes_on = matches!(arguments.noun, Noun::Import(_) | Noun::Export(_));
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            tell(if goes_on { "latchkey: stopped; the same command goes on" } else { "latchkey: stopped" });
            // 128 and the number of the signal.
            std::process::exit(130);
        }
    });
    match run(&arguments, &output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            report(&stop, &output);
            ExitCode::from(stop.code.exit())
        }
    }
}

fn report(stop: &Stop, output: &Output) {
    if output.is_json() {
        tell(&escaped_json(&json!({ "code": stop.code.name(), "detail": stop.detail })));
    } else {
        tell(&format!("latchkey: {}", escaped(&stop.detail)));
    }
}

async fn run(arguments: &Arguments, output: &Output) -> Result<(), Stop> {
    let (common, now) = (&arguments.common, Timestamp::now());
    match &arguments.noun {
        Noun::User(command) => {
            let target = find(common).await?;
            Desk::new(&target, output, common, now)?.run(command).await
        }
        Noun::Stats(arguments) => stats::run(arguments, &find(common).await?, output, now).await,
        Noun::Log(arguments) => log::run(arguments, &find(common).await?, output, now).await,
        Noun::Keys(command) => {
            let target = find(common).await?;
            Ring::new(&target, output, common, now)?.run(command).await
        }
        Noun::Import(arguments) => import::run(arguments, common, &find(common).await?, output, now).await,
        Noun::Export(arguments) => export::run(arguments, common, &find(common).await?, output, now).await,
        Noun::Password(command) => password::run(command, common, &find(common).await?, output).await,
        Noun::Doctor(arguments) => doctor::run(arguments, &find(common).await?, output, now).await,
        Noun::Completions { shell } => {
            documents::completions(*shell);
            Ok(())
        }
        Noun::Man { folder } => documents::manual(folder),
    }
}

/// Finds the stack, and names it. Who is at the wrong one sees it.
async fn find(common: &Common) -> Result<Target, Stop> {
    let target = Target::find(common).await?;
    tell(&escaped(&target.title));
    Ok(target)
}
