//! Why a command stops before it is done, and with which exit code.

use std::fmt;

use latchkey::error::Error;

/// What the exit code says. [`crate::arguments`] has them in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// AWS or the database failed.
    Failed,
    /// The command line is wrong, or a question cannot be asked.
    Usage,
    /// No one is called so.
    NotFound,
    /// A rule is against it: an identifier is taken, or the user has changed meanwhile.
    Refused,
    /// `latchkey doctor` has found a fault.
    Findings,
}

impl Code {
    /// The exit code.
    pub(crate) const fn exit(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Refused => 4,
            Self::Findings => 5,
        }
    }

    /// The code in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Findings => "findings",
        }
    }
}

/// Why a command stops: one line that says what to do.
#[derive(Debug)]
pub(crate) struct Stop {
    pub code: Code,
    pub detail: String,
}

impl Stop {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// AWS or the database failed.
    pub(crate) fn failed(detail: impl fmt::Display) -> Self {
        Self::new(Code::Failed, detail.to_string())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        let code = if matches!(error, Error::Taken { .. }) { Code::Refused } else { Code::Failed };
        Self::new(code, error.to_string())
    }
}

impl From<latchkey::config::ConfigError> for Stop {
    fn from(error: latchkey::config::ConfigError) -> Self {
        Self::failed(error)
    }
}
