//! How much of a client's address the log shows.

use std::net::IpAddr;

use crate::config::{ConfigError, Environment};
use crate::session::client_info::coarse_network;

/// How much of a client's address a log entry shows, in addition to its pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientAddress {
    /// Nothing.
    None,
    /// The first 24 bits of an IPv4 address, or the first 48 of an IPv6 address.
    Network,
    /// The address.
    Full,
}

impl ClientAddress {
    /// Reads `LOG_ADDRESSES`: `none` (default), `network` or `full`.
    ///
    /// # Errors
    /// When it has another value.
    pub(super) fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        const VARIABLE: &str = "LOG_ADDRESSES";
        match environment.get(VARIABLE).unwrap_or("none") {
            "none" => Ok(Self::None),
            "network" => Ok(Self::Network),
            "full" => Ok(Self::Full),
            _ => Err(ConfigError::new(VARIABLE, "must be none, network or full")),
        }
    }

    /// What a log entry shows of an address.
    pub(super) fn shown(self, address: Option<IpAddr>) -> Option<String> {
        let address = address?;
        match self {
            Self::None => None,
            Self::Network => Some(coarse_network(address)),
            Self::Full => Some(address.to_canonical().to_string()),
        }
    }
}
