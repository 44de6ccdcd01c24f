//! The site that the functions serve together: where it is reached, its cookies and its pages.

use crate::aws::Aws;
use crate::config::{ConfigError, Environment};
use crate::http::cookie::Cookies;
use crate::http::page::Frame;
use crate::token::Tokens;

/// What every function needs at the edge.
#[derive(Debug)]
pub struct Site {
    /// The cookies, with the keys that sign them.
    pub cookies: Cookies,
    /// The frame of the pages.
    pub frame: Frame,
    /// The public origin; where none is set it is the domain name that API Gateway reports.
    pub(super) origin: Option<String>,
}

impl Site {
    /// The site as the environment configures it.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub fn of(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let public = environment.public_origin()?;
        Ok(Self {
            cookies: Cookies::new(public.secure, Tokens::of(environment, aws)?),
            frame: Frame::new(environment.branding()?),
            origin: public.origin,
        })
    }
}
