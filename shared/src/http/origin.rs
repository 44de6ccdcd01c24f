//! The same-origin check: another site must not act in the name of a user who visits it (OWASP's cheat sheet on CSRF,
//! "Fetch Metadata headers" and "verifying origin").

use url::Url;

use crate::config::{ConfigError, Environment};
use crate::http::media_type::{BodyType, body_type};
use crate::http::rejection::Rejection;
use crate::http::request::Request;

/// The origin under which browsers reach the site, for its cookies and the same-origin check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicOrigin {
    /// The origin, as browsers write it. If it is `None`, the domain name that API Gateway reports is used.
    pub origin: Option<String>,
    /// Whether cookies are `Secure`. It is false only on a loopback host over plain HTTP.
    pub secure: bool,
}

impl PublicOrigin {
    /// Reads `PUBLIC_ORIGIN`, for example `https://auth.example.com` (default: none).
    ///
    /// # Errors
    /// When the value is not an origin as browsers write it, or is plain HTTP on a host that is not a loopback host.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        const VARIABLE: &str = "PUBLIC_ORIGIN";
        let Some(origin) = environment.get(VARIABLE) else {
            return Ok(Self { origin: None, secure: true });
        };
        let url = Url::parse(origin).ok().filter(|url| url.origin().ascii_serialization() == origin);
        let Some(url) = url else {
            return Err(ConfigError::new(
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
            "https" => Ok(Self { origin: Some(origin.to_owned()), secure: true }),
            "http" if is_loopback => Ok(Self { origin: Some(origin.to_owned()), secure: false }),
            _ => Err(ConfigError::new(
                VARIABLE,
                "must begin with https:// (http:// is for localhost and 127.0.0.1 only)",
            )),
        }
    }

    /// Accepts a request from a page of this site, and one that no page of another site can make a browser send.
    ///
    /// # Errors
    /// [`Rejection::CrossOrigin`], which names the header that decided.
    pub fn check(&self, request: &Request) -> Result<(), Rejection> {
        if let Some(fetch_site) = request.header("sec-fetch-site") {
            return match fetch_site {
                "same-origin" | "none" => Ok(()),
                _ => refuse("the header Sec-Fetch-Site is neither same-origin nor none"),
            };
        }
        let own = match (&self.origin, &request.domain_name) {
            (Some(origin), _) => Some(origin.clone()),
            (None, Some(domain)) => Some(format!("https://{domain}")),
            (None, None) => None,
        };
        let named = own.as_deref().unwrap_or("the origin of this site");
        if let Some(origin) = request.header("origin") {
            if own.as_deref() == Some(origin) {
                return Ok(());
            }
            return refuse(&format!("the header Origin is not {named}"));
        }
        // A form of another site cannot send this type. A script of another site needs a preflight, which fails.
        if request.header("content-type").and_then(body_type) == Some(BodyType::Json) {
            return Ok(());
        }
        refuse(&format!(
            "neither Sec-Fetch-Site nor Origin was sent; add the header Origin: {named}, or send Content-Type: \
             application/json"
        ))
    }
}

fn refuse(reason: &str) -> Result<(), Rejection> {
    Err(Rejection::CrossOrigin(reason.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin_of(value: &str) -> Result<PublicOrigin, ConfigError> {
        PublicOrigin::from_environment(&Environment::from_pairs(&[("PUBLIC_ORIGIN", value)]))
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
            let public_origin = origin_of(origin).unwrap();
            assert_eq!(public_origin, PublicOrigin { origin: Some(origin.to_owned()), secure });
        }
        assert_eq!(origin_of("").unwrap(), PublicOrigin { origin: None, secure: true });
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
            let message = origin_of(origin).unwrap_err().to_string();
            assert!(message.starts_with("configuration: PUBLIC_ORIGIN must"), "{origin}: {message}");
        }
    }
}
