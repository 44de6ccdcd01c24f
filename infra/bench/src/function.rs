//! A function as a process of its own, and what it takes.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use latchkey::time::Stopwatch;
use local::Failure;
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::processor::Clock;
use crate::runtime_api::{Moment, RuntimeApi};
use crate::samples::Samples;

/// How long a function may take for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// How to start a function.
pub(crate) struct Program {
    /// How it is called in the report.
    pub name: &'static str,
    pub file: PathBuf,
    pub arguments: Vec<PathBuf>,
    pub environment: Vec<(String, String)>,
}

/// A running function, waiting for an event.
pub(crate) struct Function {
    name: &'static str,
    api: RuntimeApi,
    process: Child,
    lines: JoinHandle<String>,
    clock: Clock,
    watch: Stopwatch,
}

/// Milliseconds since the process was started.
#[derive(Clone, Copy)]
pub(crate) struct Took {
    /// Of the processor, by all threads of the process.
    pub cpu: f64,
    /// On the wall.
    pub wall: f64,
}

/// What came of one event.
pub(crate) struct Answered {
    pub answer: Value,
    /// When it answered, since the process was started.
    pub at: Took,
    /// From the event to the answer, in milliseconds.
    pub wall: f64,
    /// What the processor worked for this event, until the function asked for the next one; milliseconds.
    pub cpu: f64,
}

impl Function {
    /// Starts a function, and says what it took until it asked for the first event.
    pub(crate) async fn start(program: &Program) -> Result<(Self, Took), Failure> {
        let api = RuntimeApi::start().await?;
        let mut command = Command::new(&program.file);
        command
            .args(&program.arguments)
            .env_clear()
            .envs(program.environment.iter().cloned())
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let watch = Stopwatch::start();
        let mut process = command.spawn().map_err(|error| format!("{}: {error}", program.file.display()))?;
        let mut output = process.stdout.take().ok_or("no pipe")?;
        let lines = tokio::spawn(async move {
            let mut lines = String::new();
            let _ = output.read_to_string(&mut lines).await;
            lines
        });
        let id = process.id().ok_or("the function ended at once")?;
        let clock = Clock::of_process(id)?;
        let mut function = Self { name: program.name, api, process, lines, clock, watch };
        let moment = function.moment().await?;
        let took = function.took()?;
        match moment.answer {
            None => Ok((function, took)),
            Some(error) => {
                Err(format!("{} does not start: {}", program.name, String::from_utf8_lossy(&error)).into())
            }
        }
    }

    /// Has it answer an event.
    async fn invoke(&mut self, event: Value) -> Result<Answered, Failure> {
        let before = self.took()?;
        self.api.send(event)?;
        let moment = self.moment().await?;
        let at = self.took()?;
        let answer = moment.answer.as_ref().ok_or_else(|| format!("{} does not answer", self.name))?;
        let answer = serde_json::from_slice(answer)?;
        drop(moment);
        let next = self.moment().await?;
        let cpu = self.took()?.cpu - before.cpu;
        drop(next);
        Ok(Answered { answer, at, wall: at.wall - before.wall, cpu })
    }

    /// Has it answer an event with this status.
    pub(crate) async fn expect(&mut self, status: u16, event: Value) -> Result<Answered, Failure> {
        let answered = self.invoke(event).await?;
        if answered.answer.get("statusCode").and_then(Value::as_u64) == Some(status.into()) {
            return Ok(answered);
        }
        Err(format!("{} should answer {status}, and answers {}", self.name, answered.answer).into())
    }

    /// Stops it, and adds how often each of its requests called the database, which it has logged.
    pub(crate) async fn stop(mut self, samples: &mut Samples) -> Result<(), Failure> {
        self.process.kill().await?;
        for line in self.lines.await?.lines() {
            let line: Value = serde_json::from_str(line)?;
            if let Some(calls) = line.get("database_calls").and_then(Value::as_f64) {
                samples.add(&format!("{} calls", self.name), calls);
            }
        }
        Ok(())
    }

    /// The most memory that it ever had, in MiB.
    pub(crate) fn peak_memory(&self) -> Result<f64, Failure> {
        let id = self.process.id().ok_or("the function ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1_024.0)
    }

    async fn moment(&mut self) -> Result<Moment, Failure> {
        let name = self.name;
        tokio::select! {
            moment = self.api.moment() => moment.ok_or_else(|| format!("{name} has no Runtime API").into()),
            ended = self.process.wait() => Err(format!("{name} ended: {}", ended?).into()),
            () = tokio::time::sleep(PATIENCE) => Err(format!("{name} is not heard of for {} s", PATIENCE.as_secs()).into()),
        }
    }

    fn took(&self) -> Result<Took, Failure> {
        Ok(Took { cpu: self.clock.milliseconds()?, wall: self.watch.milliseconds() })
    }
}
