//! A function as a process of its own, and the CPU time, wall-clock time and memory that it takes.

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

/// The time that a function has for its start, and for each response.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How to start a function.
#[derive(Clone)]
pub(crate) struct Program {
    /// Its name in the report.
    pub name: &'static str,
    pub file: PathBuf,
    pub arguments: Vec<PathBuf>,
    pub environment: Vec<(String, String)>,
}

/// A running function that waits for an event.
pub(crate) struct Function {
    /// The name of its program.
    pub name: &'static str,
    api: RuntimeApi,
    process: Child,
    lines: JoinHandle<String>,
    clock: Clock,
    watch: Stopwatch,
}

/// Milliseconds since the process was created.
#[derive(Clone, Copy)]
pub(crate) struct Elapsed {
    /// CPU time, of all threads of the process.
    pub cpu: f64,
    /// Wall-clock time.
    pub wall: f64,
}

/// The response to one event, and the milliseconds that it took.
pub(crate) struct Invocation {
    pub response: Value,
    /// The times of the process when it had responded.
    pub at: Elapsed,
    /// Wall-clock time from the event to the response.
    pub wall: f64,
    /// CPU time from the event until the function asked for the next one.
    pub cpu: f64,
}

impl Function {
    /// Starts a function, and returns the times at which it asks for its first event.
    pub(crate) async fn start(program: &Program) -> Result<(Self, Elapsed), Failure> {
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
        let mut output = process.stdout.take().ok_or("the function has no standard output")?;
        let lines = tokio::spawn(async move {
            let mut lines = String::new();
            let _ = output.read_to_string(&mut lines).await;
            lines
        });
        let id = process.id().ok_or("the function ended at once")?;
        let clock = Clock::of_process(id)?;
        let mut function = Self { name: program.name, api, process, lines, clock, watch };
        let moment = function.moment().await?;
        let elapsed = function.elapsed()?;
        match moment.response {
            None => Ok((function, elapsed)),
            Some(error) => {
                Err(format!("{} does not start: {}", program.name, String::from_utf8_lossy(&error)).into())
            }
        }
    }

    /// Sends the function an event, and waits until it asks for the next one.
    async fn invoke(&mut self, event: Value) -> Result<Invocation, Failure> {
        let before = self.elapsed()?;
        self.api.send(event)?;
        let moment = self.moment().await?;
        let at = self.elapsed()?;
        let response = moment.response.as_ref().ok_or_else(|| format!("{} does not respond", self.name))?;
        let response = serde_json::from_slice(response)?;
        drop(moment);
        let next = self.moment().await?;
        let cpu = self.elapsed()?.cpu - before.cpu;
        drop(next);
        Ok(Invocation { response, at, wall: at.wall - before.wall, cpu })
    }

    /// Invokes the function, which has to respond with this status.
    pub(crate) async fn expect(&mut self, status: u16, event: Value) -> Result<Invocation, Failure> {
        let invocation = self.invoke(event).await?;
        if invocation.response.get("statusCode").and_then(Value::as_u64) == Some(status.into()) {
            return Ok(invocation);
        }
        Err(format!("{} should respond with {status}, not with {}", self.name, invocation.response).into())
    }

    /// Invokes the mailer, which has to send all mails of the event.
    pub(crate) async fn deliver(&mut self, event: Value) -> Result<Invocation, Failure> {
        let invocation = self.invoke(event).await?;
        if invocation.response.get("batchItemFailures") == Some(&Value::Array(vec![])) {
            return Ok(invocation);
        }
        Err(format!("{} should send the mail: {}", self.name, invocation.response).into())
    }

    /// Invokes the authorizer, which has to let the request of the event through.
    pub(crate) async fn authorize(&mut self, event: Value) -> Result<Invocation, Failure> {
        let invocation = self.invoke(event).await?;
        if invocation.response.get("isAuthorized") == Some(&Value::Bool(true)) {
            return Ok(invocation);
        }
        Err(format!("{} should let the request through: {}", self.name, invocation.response).into())
    }

    /// Stops the function, and returns the number of database calls of each request, from its log entries.
    pub(crate) async fn stop(mut self) -> Result<Vec<f64>, Failure> {
        self.process.kill().await?;
        let mut calls = vec![];
        for line in self.lines.await?.lines() {
            let line: Value = serde_json::from_str(line)?;
            calls.extend(line.get("database_calls").and_then(Value::as_f64));
        }
        Ok(calls)
    }

    /// The peak memory of the process, in MiB.
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
            () = tokio::time::sleep(TIMEOUT) => {
                Err(format!("{name} did not respond for {} s", TIMEOUT.as_secs()).into())
            }
        }
    }

    fn elapsed(&self) -> Result<Elapsed, Failure> {
        Ok(Elapsed { cpu: self.clock.milliseconds()?, wall: self.watch.milliseconds() })
    }
}
