//! The configuration: environment variables, read here and nowhere else.
//!
//! Every variable is listed in the README and set by `template.yaml`. A missing or nonsensical one stops
//! the start-up with one line that names it and says what it should be. An empty variable counts as
//! unset, because `sam local` passes unset ones so.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use argon2::Params;
use url::Url;

use crate::branding::{self, Branding, Color};
use crate::limit::{FailureLimit, RateLimit};
use crate::password::PasswordHasher;
use crate::session::Lifetimes;
use crate::time::Seconds;

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

fn wrong(variable: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError::new(variable, problem)
}

/// Where the site is reached, for its cookies and the same-origin check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicOrigin {
    /// The public origin; where none is set it is the domain name that API Gateway reports.
    pub origin: Option<String>,
    /// Whether cookies are `Secure`; false only on a loopback host over plain HTTP.
    pub secure: bool,
}

/// The variables of a process. It has no `Debug`: the signing keys are among them.
#[derive(Clone)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        // A variable that is not Unicode is none of ours.
        Self(
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        )
    }

    /// The given ones.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// The value of a variable; none when it is unset or empty.
    #[must_use]
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.0.get(variable).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The name of a DynamoDB table.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn table(&self, variable: &'static str) -> Result<String, ConfigError> {
        let name = self.get(variable).map(str::to_owned);
        name.ok_or_else(|| wrong(variable, "is missing: set it to the name of the DynamoDB table"))
    }

    /// One of AWS's own variables.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn aws(&self, variable: &'static str) -> Result<String, ConfigError> {
        let value = self.get(variable).map(str::to_owned);
        value
            .ok_or_else(|| wrong(variable, "is missing: Lambda sets it; elsewhere set it as for the AWS CLI"))
    }

    /// `PUBLIC_ORIGIN`: for example `https://auth.example.com`.
    ///
    /// # Errors
    /// When it is not an origin, or is plain HTTP on anything but a loopback host.
    pub fn public_origin(&self) -> Result<PublicOrigin, ConfigError> {
        const VARIABLE: &str = "PUBLIC_ORIGIN";
        let Some(origin) = self.get(VARIABLE) else {
            return Ok(PublicOrigin { origin: None, secure: true });
        };
        let url = Url::parse(origin).ok().filter(|url| url.origin().ascii_serialization() == origin);
        let Some(url) = url else {
            return Err(wrong(
                VARIABLE,
                "must be an origin as browsers write it, like https://auth.example.com",
            ));
        };
        let is_loopback = match url.host() {
            Some(url::Host::Domain(domain)) => domain == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(PublicOrigin { origin: Some(origin.to_owned()), secure: true }),
            "http" if is_loopback => Ok(PublicOrigin { origin: Some(origin.to_owned()), secure: false }),
            _ => {
                Err(wrong(VARIABLE, "must begin with https:// (http:// is for localhost and 127.0.0.1 only)"))
            }
        }
    }

    /// `APPLICATION_NAME`, `ACCENT_COLOR`, `LOGO`: what the pages show of the application.
    ///
    /// # Errors
    /// When one is not a line of text, a colour or a small image.
    pub fn branding(&self) -> Result<Branding, ConfigError> {
        let name = branding::parse_name(self.get("APPLICATION_NAME").unwrap_or("Latchkey"));
        let accent = Color::parse(self.get("ACCENT_COLOR").unwrap_or("#2b50c8"));
        let logo = self.get("LOGO").map(|logo| {
            let expected = "must be a data: URL of an SVG, PNG or WebP in base64, of at most 2048 characters";
            branding::parse_logo(logo).ok_or_else(|| wrong("LOGO", expected))
        });
        Ok(Branding {
            name: name.ok_or_else(|| wrong("APPLICATION_NAME", "must be one line of 1 to 50 characters"))?,
            accent: accent.ok_or_else(|| wrong("ACCENT_COLOR", "must be a colour like #2b50c8"))?,
            logo: logo.transpose()?,
        })
    }

    /// `SESSION_ACTIVE_SECONDS`, `SESSION_IDLE_SECONDS`, `SESSION_ABSOLUTE_SECONDS`.
    ///
    /// # Errors
    /// Unless active < idle ≤ absolute.
    pub fn lifetimes(&self) -> Result<Lifetimes, ConfigError> {
        const MAX: i64 = 400 * 86_400;
        let seconds = |variable, default| self.number(variable, default, 1..=MAX).map(Seconds);
        let active = seconds("SESSION_ACTIVE_SECONDS", 86_400)?;
        let idle = seconds("SESSION_IDLE_SECONDS", 14 * 86_400)?;
        let absolute = seconds("SESSION_ABSOLUTE_SECONDS", 30 * 86_400)?;
        if active >= idle {
            return Err(wrong("SESSION_ACTIVE_SECONDS", "must be less than SESSION_IDLE_SECONDS"));
        }
        if idle > absolute {
            return Err(wrong("SESSION_IDLE_SECONDS", "must be at most SESSION_ABSOLUTE_SECONDS"));
        }
        Ok(Lifetimes { active, idle, absolute })
    }

    /// `PASSWORD_MIN_LENGTH`, in code points.
    ///
    /// # Errors
    /// When it is not a number from 8 to 64.
    pub fn password_min_length(&self) -> Result<u64, ConfigError> {
        self.number("PASSWORD_MIN_LENGTH", 8, 8..=64)
    }

    /// `ARGON2_MEMORY_KIB`, `ARGON2_ITERATIONS`, `ARGON2_PARALLELISM`.
    ///
    /// # Errors
    /// When they are below OWASP's minimum or above what a stored hash may cost.
    pub fn password_hasher(&self) -> Result<PasswordHasher, ConfigError> {
        let memory = self.number("ARGON2_MEMORY_KIB", 19_456, 19_456..=131_072)?;
        let iterations = self.number("ARGON2_ITERATIONS", 2, 2..=10)?;
        let parallelism = self.number("ARGON2_PARALLELISM", 1, 1..=4)?;
        let params = Params::new(memory, iterations, parallelism, None);
        params.map(PasswordHasher::new).map_err(|error| wrong("ARGON2_MEMORY_KIB", error.to_string()))
    }

    /// `LOGIN_FREE_FAILURES`, `LOGIN_FIRST_WAIT_SECONDS`, `LOGIN_LONGEST_WAIT_SECONDS`, `LOGIN_DISABLE_AT`.
    ///
    /// # Errors
    /// When one is out of its range, the first wait is longer than the longest, or failures disable that are free.
    pub fn failure_limit(&self) -> Result<FailureLimit, ConfigError> {
        let free = self.number("LOGIN_FREE_FAILURES", 10, 1..=100)?;
        let first_wait = self.number("LOGIN_FIRST_WAIT_SECONDS", 30, 1..=86_400).map(Seconds)?;
        let longest_wait = self.number("LOGIN_LONGEST_WAIT_SECONDS", 3_600, 1..=86_400).map(Seconds)?;
        let disable_at = Some(self.number("LOGIN_DISABLE_AT", 0, 0..=100)?).filter(|limit| *limit > 0);
        if first_wait > longest_wait {
            return Err(wrong("LOGIN_FIRST_WAIT_SECONDS", "must be at most LOGIN_LONGEST_WAIT_SECONDS"));
        }
        if disable_at.is_some_and(|limit| limit <= free) {
            return Err(wrong("LOGIN_DISABLE_AT", "must be more than LOGIN_FREE_FAILURES, or 0 for never"));
        }
        Ok(FailureLimit { free, first_wait, longest_wait, disable_at })
    }

    /// `LOGIN_PER_MINUTE` and `LOGIN_PER_HOUR`: log-ins from one address.
    ///
    /// # Errors
    /// When one is not a number from 0 (off) to 10,000.
    pub fn login_rates(&self) -> Result<RateLimit, ConfigError> {
        let rate = |variable, default| self.number(variable, default, 0..=10_000);
        Ok(RateLimit::new(rate("LOGIN_PER_MINUTE", 20)?, rate("LOGIN_PER_HOUR", 200)?))
    }

    /// `SIGNUP_PER_HOUR`: sign-ups from one address.
    ///
    /// # Errors
    /// When it is not a number from 0 (off) to 10,000.
    pub fn signup_rates(&self) -> Result<RateLimit, ConfigError> {
        Ok(RateLimit::new(0, self.number("SIGNUP_PER_HOUR", 10, 0..=10_000)?))
    }

    /// `STACK_NAME`: issuer and audience of the tokens.
    ///
    /// # Errors
    /// When it is unset.
    pub fn stack_name(&self) -> Result<String, ConfigError> {
        let name = self.get("STACK_NAME").map(str::to_owned);
        name.ok_or_else(|| wrong("STACK_NAME", "is missing: set it to the name of the stack"))
    }

    fn number<T>(
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
            wrong(variable, format!("must be a whole number from {least} to {most}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::of(variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    fn message<T>(result: Result<T, ConfigError>) -> String {
        result.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_public_origin_is_https_or_loopback() {
        for (origin, secure) in [
            ("https://auth.example.com", true),
            ("https://auth.example.com:8443", true),
            ("http://127.0.0.1:9000", false),
            ("http://localhost:3000", false),
            ("http://[::1]:3000", false),
        ] {
            let public_origin = environment(&[("PUBLIC_ORIGIN", origin)]).public_origin().unwrap();
            assert_eq!(public_origin, PublicOrigin { origin: Some(origin.to_owned()), secure });
        }
        assert_eq!(
            environment(&[("PUBLIC_ORIGIN", "")]).public_origin().unwrap(),
            PublicOrigin { origin: None, secure: true }
        );
        for origin in [
            "http://example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "https://example.com/",
            "https://Example.com",
            "https://example.com:443",
            "https://u@example.com",
            "example.com",
            "null",
            "ftp://localhost",
        ] {
            let message = message(environment(&[("PUBLIC_ORIGIN", origin)]).public_origin());
            assert!(message.starts_with("configuration: PUBLIC_ORIGIN must"), "{origin}: {message}");
        }
    }

    #[test]
    fn lifetimes_are_in_order() {
        assert!(environment(&[]).lifetimes().is_ok());
        for (variable, value) in [
            ("SESSION_ACTIVE_SECONDS", "1209600"),
            ("SESSION_ACTIVE_SECONDS", "0"),
            ("SESSION_ACTIVE_SECONDS", "a day"),
            ("SESSION_ABSOLUTE_SECONDS", "1209599"),
            ("SESSION_IDLE_SECONDS", "-1"),
            ("SESSION_IDLE_SECONDS", "1.5"),
        ] {
            let message = message(environment(&[(variable, value)]).lifetimes());
            assert!(message.starts_with("configuration: SESSION_"), "{variable}={value}: {message}");
        }
        assert!(
            environment(&[("SESSION_IDLE_SECONDS", "2592000")]).lifetimes().is_ok(),
            "idle may equal absolute"
        );
    }

    #[test]
    fn a_hash_is_never_cheaper_than_the_minimum() {
        assert!(environment(&[]).password_hasher().is_ok());
        for (variable, value) in [
            ("ARGON2_MEMORY_KIB", "19455"),
            ("ARGON2_ITERATIONS", "1"),
            ("ARGON2_PARALLELISM", "0"),
            ("ARGON2_MEMORY_KIB", "4194304"),
        ] {
            let message = message(environment(&[(variable, value)]).password_hasher());
            assert!(
                message.contains(variable) && message.contains("must be a whole number from"),
                "{message}"
            );
        }
        assert!(
            message(environment(&[("PASSWORD_MIN_LENGTH", "7")]).password_min_length()).contains("8 to 64")
        );
    }
}
