//! The secret of a CDN in front of the API. With it, the site responds only to requests through the CDN, and knows the
//! client's address from it.

use std::net::IpAddr;

use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Digest as _, Sha256};

use crate::config::{ConfigError, Environment};
use crate::http::request::Request;

/// The header in which the CDN sends the secret.
const SECRET: &str = "x-origin-secret";
/// The header in which Amazon's CDN sends the client's address and port.
const VIEWER: &str = "cloudfront-viewer-address";

/// The SHA-256 of each secret that is accepted. Without any, every request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OriginSecret(Vec<[u8; 32]>);

impl OriginSecret {
    /// Reads `ORIGIN_SECRET_SHA256` (default: none): the SHA-256 of the secret in hexadecimal. During a change of the
    /// secret it has two, separated by a comma. A hash of a long random secret does not reveal it.
    ///
    /// # Errors
    /// When the value is neither one hash nor two.
    pub(super) fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        const VARIABLE: &str = "ORIGIN_SECRET_SHA256";
        let Some(value) = environment.get(VARIABLE) else { return Ok(Self(Vec::new())) };
        let hash = |text: &str| HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok();
        let hashes: Option<Vec<[u8; 32]>> = value.split(',').map(hash).collect();
        let hashes = hashes.filter(|hashes| hashes.len() <= 2);
        hashes.map(Self).ok_or(ConfigError::new(
            VARIABLE,
            "must be one or two SHA-256 hashes of 64 hexadecimal digits, separated by a comma",
        ))
    }

    /// Whether the site may respond to a request. If it came through the CDN, its address is the client's from now on.
    pub(super) fn admits(&self, request: &mut Request) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Some(secret) = request.header(SECRET) else { return false };
        let hash: [u8; 32] = Sha256::digest(secret).into();
        if !self.0.contains(&hash) {
            return false;
        }
        if let Some(address) = request.header(VIEWER).and_then(viewer) {
            request.source_ip = Some(address);
        }
        true
    }
}

/// The address of a viewer, without the port: `203.0.113.7:46532` or `2001:db8::7:46532`.
fn viewer(header: &str) -> Option<IpAddr> {
    header.rsplit_once(':')?.0.trim_matches(['[', ']']).parse().ok()
}
