//! `latchkey doctor`: whether a stack is sound, and what to do where it is not. It only reads.

mod alarms;
mod domain;
mod mail;
mod parameters;
mod sample;
mod secrets;
mod site;
mod tables;

use latchkey::time::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::account::{Account, Resource};
use crate::arguments::Doctor;
use crate::output::{Output, escaped, padded};
use crate::stop::{Code, Stop};
use crate::target::{Place, Target};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// It is sound.
    Ok,
    /// It works, and may not for long.
    Warn,
    /// It does not work, or it is not safe.
    Fail,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}

/// What a check has found.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Finding {
    level: Level,
    /// What was checked.
    about: String,
    /// What it is like, and what to do.
    detail: String,
}

/// All findings.
#[derive(Debug, Default)]
struct Report(Vec<Finding>);

impl Report {
    fn add(&mut self, level: Level, about: &str, detail: impl Into<String>) {
        self.0.push(Finding { level, about: about.to_owned(), detail: detail.into() });
    }

    /// Adds these faults, or else that there is none.
    fn judge(&mut self, about: &str, faults: Vec<(Level, String)>, sound: impl Into<String>) {
        if faults.is_empty() {
            self.add(Level::Ok, about, sound);
        }
        for (level, detail) in faults {
            self.add(level, about, detail);
        }
    }

    /// What a call has returned. What cannot be checked is not sound.
    fn answer<T>(&mut self, about: &str, answer: Result<T, Stop>) -> Option<T> {
        answer
            .inspect_err(|stop| self.add(Level::Fail, about, format!("cannot be checked: {}", stop.detail)))
            .ok()
    }

    fn lines(&self, output: &Output) -> String {
        let width = self.0.iter().map(|finding| finding.about.len()).max().unwrap_or_default();
        let line = |finding: &Finding| {
            let word = format!("{:<4}", finding.level.word());
            let word = if finding.level == Level::Ok { word } else { output.strong(&word) };
            format!("{word}  {}  {}", padded(&finding.about, width), escaped(&finding.detail))
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A stack in an account, and what all checks of it need.
struct Examined<'a> {
    target: &'a Target,
    account: &'a Account,
    resources: Vec<Resource>,
    now: Timestamp,
}

impl Examined<'_> {
    /// A parameter or an output of the stack, by the name of its variable. Empty if it is not set.
    fn setting(&self, name: &str) -> &str {
        self.target.environment.get(name).unwrap_or_default()
    }

    /// The names in the account of all resources of a type.
    fn of_kind(&self, kind: &str) -> Vec<String> {
        let found = self.resources.iter().filter(|resource| resource.kind == kind);
        found.map(|resource| resource.id.clone()).collect()
    }
}

pub(crate) async fn run(
    arguments: &Doctor,
    target: &Target,
    output: &Output,
    now: Timestamp,
) -> Result<(), Stop> {
    let mut report = Report::default();
    if let Place::Account(account) = &target.place {
        examine(account, target, now, &mut report).await?;
    }
    site::examine(target, &mut report).await;
    sample::examine(arguments, target, &mut report).await;
    output.answer(&json!({ "findings": report.0 }), &report.lines(output));
    match report.0.iter().filter(|finding| finding.level == Level::Fail).count() {
        0 => Ok(()),
        1 => Err(Stop::new(Code::Findings, "one fault")),
        faults => Err(Stop::new(Code::Findings, format!("{faults} faults"))),
    }
}

/// The checks of what is in an account.
async fn examine(
    account: &Account,
    target: &Target,
    now: Timestamp,
    report: &mut Report,
) -> Result<(), Stop> {
    let resources = account.resources().await?;
    let examined = Examined { target, account, resources, now };
    report.judge("stack", stack(&account.status), &*account.status);
    report.judge("version", version(examined.setting("VERSION")), env!("CARGO_PKG_VERSION"));
    parameters::examine(&examined, report);
    alarms::examine(&examined, report).await;
    tables::examine(&examined, report).await;
    secrets::examine(&examined, report).await;
    mail::examine(&examined, report).await;
    domain::examine(&examined, report).await;
    Ok(())
}

/// What is wrong with the status of a stack.
fn stack(status: &str) -> Vec<(Level, String)> {
    let events = "`aws cloudformation describe-stack-events` says why";
    let fault = match status {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => return Vec::new(),
        "UPDATE_ROLLBACK_COMPLETE" => {
            (Level::Warn, format!("the last update failed, and the stack is as before it: {events}"))
        }
        status if status.ends_with("_IN_PROGRESS") => {
            (Level::Warn, format!("{status}: wait for its end, and look again"))
        }
        status => (Level::Fail, format!("{status}: {events}")),
    };
    vec![fault]
}

/// What is wrong with the version of a stack.
fn version(deployed: &str) -> Vec<(Level, String)> {
    const OURS: &str = env!("CARGO_PKG_VERSION");
    if deployed == OURS {
        return Vec::new();
    }
    let deployed = if deployed.is_empty() { "of before 0.1.0" } else { deployed };
    vec![(
        Level::Warn,
        format!("the stack is {deployed}, and this command {OURS}: use the command of the stack"),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_that_failed_or_is_another_version_is_found() {
        for sound in ["CREATE_COMPLETE", "UPDATE_COMPLETE"] {
            assert_eq!(stack(sound), []);
        }
        for (status, level) in [
            ("UPDATE_ROLLBACK_COMPLETE", Level::Warn),
            ("UPDATE_IN_PROGRESS", Level::Warn),
            ("UPDATE_ROLLBACK_FAILED", Level::Fail),
            ("ROLLBACK_COMPLETE", Level::Fail),
            ("DELETE_FAILED", Level::Fail),
        ] {
            assert_eq!(stack(status)[0].0, level, "{status}");
        }
        assert_eq!(version(env!("CARGO_PKG_VERSION")), []);
        assert!(version("9.9.9")[0].1.contains("9.9.9") && !version("").is_empty());
    }
}
