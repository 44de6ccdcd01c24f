//! The environment variables, and how one is read. What a variable means is beside what it sets.
//!
//! A missing or nonsensical one stops the start-up with one line that names it and says what it should be. An empty
//! variable counts as unset, because `sam local` passes unset ones so.

use std::collections::HashMap;
use std::ops::RangeInclusive;

/// A variable that is missing or wrong, and what it should be.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {variable} {problem}")]
pub struct ConfigError {
    variable: &'static str,
    problem: String,
}

impl ConfigError {
    /// A variable, and a problem that continues the sentence which begins with its name.
    #[must_use]
    pub fn new(variable: &'static str, problem: impl Into<String>) -> Self {
        Self { variable, problem: problem.into() }
    }
}

/// The variables of a process. It has no `Debug`: the signing keys are among them.
#[derive(Clone)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// Those of this process.
    #[must_use]
    pub fn from_process() -> Self {
        // A variable that is not Unicode is none of ours.
        Self(
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        )
    }

    /// The given ones.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// The given ones, for tests.
    #[must_use]
    pub fn from_pairs(variables: &[(&str, &str)]) -> Self {
        Self::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    /// The value of a variable; none when it is unset or empty.
    #[must_use]
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.0.get(variable).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A variable that has no default.
    ///
    /// # Errors
    /// When it is unset; `hint` says what to set it to.
    pub fn required(&self, variable: &'static str, hint: &str) -> Result<String, ConfigError> {
        let value = self.get(variable).map(str::to_owned);
        value.ok_or_else(|| ConfigError::new(variable, format!("is missing: {hint}")))
    }

    /// The name of a DynamoDB table.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn table(&self, variable: &'static str) -> Result<String, ConfigError> {
        self.required(variable, "set it to the name of the DynamoDB table")
    }

    /// A whole number.
    ///
    /// # Errors
    /// When it is none, or out of its range.
    pub fn number<T>(
        &self,
        variable: &'static str,
        default: T,
        range: RangeInclusive<T>,
    ) -> Result<T, ConfigError>
    where
        T: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(text) = self.get(variable) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (least, most) = range.into_inner();
            ConfigError::new(variable, format!("must be a whole number from {least} to {most}"))
        })
    }
}
