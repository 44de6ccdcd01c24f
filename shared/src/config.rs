//! The environment variables, and how they are read. Each module reads its own settings from them.
//!
//! A missing or invalid variable stops the start. The log entry names the variable and says what it expects. An empty
//! variable counts as unset, because `sam local` passes unset variables as empty ones.

use std::collections::HashMap;
use std::ops::RangeInclusive;

/// A variable that is missing or invalid, and what it expects.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {variable} {problem}")]
pub struct ConfigError {
    variable: &'static str,
    problem: String,
}

impl ConfigError {
    /// An error about a variable. `problem` continues the sentence that begins with the variable's name.
    #[must_use]
    pub fn new(variable: &'static str, problem: impl Into<String>) -> Self {
        Self { variable, problem: problem.into() }
    }
}

/// The environment variables of a process. It has no `Debug`, because they may contain the signing keys.
#[derive(Clone)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn from_process() -> Self {
        // Latchkey has no variable that is not Unicode, so such a variable is skipped.
        Self(
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        )
    }

    /// The given variables.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// The given variables, for tests.
    #[must_use]
    pub fn from_pairs(variables: &[(&str, &str)]) -> Self {
        Self::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    /// The value of a variable. `None` if it is unset or empty.
    #[must_use]
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.0.get(variable).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The elements of a variable with commas between them, without spaces around them. None if it is unset or empty.
    pub fn list(&self, variable: &str) -> impl Iterator<Item = &str> {
        self.get(variable).into_iter().flat_map(|value| value.split(',')).map(str::trim)
    }

    /// The value of a variable that has no default.
    ///
    /// # Errors
    /// When it is unset or empty. The message ends with `hint`, which says what to set it to.
    pub fn required(&self, variable: &'static str, hint: &str) -> Result<String, ConfigError> {
        let value = self.get(variable).map(str::to_owned);
        value.ok_or_else(|| ConfigError::new(variable, format!("is missing: {hint}")))
    }

    /// The name of a DynamoDB table.
    ///
    /// # Errors
    /// When the variable is unset or empty.
    pub fn table(&self, variable: &'static str) -> Result<String, ConfigError> {
        self.required(variable, "set it to the name of the DynamoDB table")
    }

    /// Whether something is on: `true` or `false`, or the default if the variable is unset or empty.
    ///
    /// # Errors
    /// When the value is another one.
    pub fn flag(&self, variable: &'static str, default: bool) -> Result<bool, ConfigError> {
        match self.get(variable) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(ConfigError::new(variable, "must be true or false")),
        }
    }

    /// A whole number, or the default if the variable is unset or empty.
    ///
    /// # Errors
    /// When the value is not a whole number in this range.
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
