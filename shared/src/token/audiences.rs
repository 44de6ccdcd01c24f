//! The audiences for which access tokens may be: the APIs that accept them.

use validator::ValidationError;

use crate::config::{ConfigError, Environment};
use crate::violation::violation;

/// The audiences that a client may ask for. The first is the default.
#[derive(Debug)]
pub struct Audiences(Vec<String>);

impl Audiences {
    const VARIABLE: &'static str = "ACCESS_TOKEN_AUDIENCES";
    const MOST: usize = 8;
    const LONGEST: usize = 128;

    /// Reads `ACCESS_TOKEN_AUDIENCES`: up to eight, with commas between them (default: none, so the issuer).
    ///
    /// # Errors
    /// When there are more, or one has not 1 to 128 visible ASCII characters.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let audiences: Vec<String> = environment.list(Self::VARIABLE).map(str::to_owned).collect();
        let is_good = |audience: &String| {
            (1..=Self::LONGEST).contains(&audience.len())
                && audience.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if audiences.len() > Self::MOST || !audiences.iter().all(is_good) {
            let expected = "must be up to 8 audiences with commas between them, each of 1 to 128 visible ASCII \
                characters";
            return Err(ConfigError::new(Self::VARIABLE, expected));
        }
        Ok(Self(audiences))
    }

    /// The default. `None` is the issuer.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// An audience that a client asks for: one of the list, or the issuer.
    ///
    /// # Errors
    /// `invalid`.
    pub fn parse(&self, text: &str, issuer: &str) -> Result<String, ValidationError> {
        if text == issuer || self.0.iter().any(|audience| audience == text) {
            return Ok(text.to_owned());
        }
        Err(violation("invalid", "Ask for an audience of this site, or leave the field out."))
    }
}
