//! The site that the functions serve together: where it is reached, its cookies and its pages.

use crate::aws::Aws;
use crate::config::{ConfigError, Environment};
use crate::http::branding::Branding;
use crate::http::cookie::Cookies;
use crate::http::layout::Layout;
use crate::http::origin::PublicOrigin;
use crate::token::jwt::Tokens;

/// What every function needs at the edge.
#[derive(Debug)]
pub struct Site {
    /// The cookies, with the keys that sign them.
    pub cookies: Cookies,
    /// The frame of the pages.
    pub layout: Layout,
    /// Where it is reached.
    pub(super) origin: PublicOrigin,
}

impl Site {
    /// The site as the environment configures it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub fn from_environment(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let origin = PublicOrigin::from_environment(environment)?;
        Ok(Self {
            cookies: Cookies::new(origin.secure, Tokens::from_environment(environment, aws)?),
            layout: Layout::new(Branding::from_environment(environment)?),
            origin,
        })
    }
}
