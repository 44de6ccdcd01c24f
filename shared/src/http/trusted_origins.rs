//! Trusted origins: pages of the operator on sister hosts, like `https://app.example.com` beside
//! `https://auth.example.com`. They may call three routes with the user's cookie, and users go on to them after a
//! login.

use crate::config::{ConfigError, Environment};
use crate::http::origin::{PublicOrigin, parse};
use crate::http::request::Request;

const VARIABLE: &str = "TRUSTED_ORIGINS";

/// The trusted origins, as browsers write them.
#[derive(Debug, Clone, Default)]
pub struct TrustedOrigins(Vec<String>);

impl TrustedOrigins {
    const MOST: usize = 8;
    const LONGEST: usize = 512;

    /// Reads `TRUSTED_ORIGINS`: up to eight, with commas between them (default: none).
    ///
    /// # Errors
    /// When there are more, or one is no origin as browsers write it, or plain HTTP beside a site that is not.
    pub fn from_environment(
        environment: &Environment,
        public_origin: &PublicOrigin,
    ) -> Result<Self, ConfigError> {
        let text = environment.get(VARIABLE).unwrap_or_default();
        let origins: Vec<_> = text.split(',').map(str::trim).filter(|_| !text.is_empty()).collect();
        if origins.len() > Self::MOST || text.len() > Self::LONGEST {
            let expected = "must be up to 8 origins with commas between them, in at most 512 characters";
            return Err(ConfigError::new(VARIABLE, expected));
        }
        for origin in &origins {
            if parse(VARIABLE, origin)?.is_some() && public_origin.local_port.is_none() {
                let expected = "must begin with https://, because the site does";
                return Err(ConfigError::new(VARIABLE, expected));
            }
        }
        Ok(Self(origins.into_iter().map(str::to_owned).collect()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one of them. It is compared as a whole.
    #[must_use]
    pub fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|trusted| trusted == origin)
    }

    /// The trusted origin of the page that has sent a request. `None` for a page that the browser calls a cross-site
    /// one: its origin is of another registrable domain, or of plain HTTP.
    #[must_use]
    pub fn sender<'a>(&self, request: &'a Request) -> Option<&'a str> {
        let is_near =
            matches!(request.header("sec-fetch-site"), None | Some("same-site" | "same-origin" | "none"));
        request.header("origin").filter(|origin| is_near && self.contains(origin))
    }

    /// Where the forms of pages may lead, for their policy. Chromium applies it also to the redirect after a form.
    pub(super) fn form_action(&self) -> String {
        self.0.iter().fold("'self'".to_owned(), |all, origin| format!("{all} {origin}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(public: &str, trusted: &str) -> Result<TrustedOrigins, ConfigError> {
        let environment = Environment::from_pairs(&[("PUBLIC_ORIGIN", public), (VARIABLE, trusted)]);
        TrustedOrigins::from_environment(&environment, &PublicOrigin::from_environment(&environment)?)
    }

    #[test]
    fn a_trusted_origin_is_exactly_one_origin() {
        const SITE: &str = "https://auth.example.com";
        let found = origins(SITE, "https://app.example.com, https://example.com:8443").unwrap();
        for (origin, is_trusted) in [
            ("https://app.example.com", true),
            ("https://example.com:8443", true),
            ("https://example.com", false),
            ("https://app.example.com/", false),
            ("https://app.example.com.evil.example", false),
            ("https://evil.example?app.example.com", false),
            ("https://x.app.example.com", false),
            ("http://app.example.com", false),
            ("HTTPS://app.example.com", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(found.contains(origin), is_trusted, "{origin}");
        }
        assert!(origins(SITE, "").unwrap().is_empty());
        assert!(origins("http://127.0.0.1:9000", "http://127.0.0.1:5173,https://app.example.com").is_ok());
        for wrong in [
            "https://*.example.com",
            "https://app.example.com/",
            "https://app.example.com,",
            "app.example.com",
            "*",
            "null",
            "http://app.example.com",
            "http://127.0.0.1:5173",
            &["https://a.example"; 9].join(","),
            &format!("https://{}example", "aaaaaaaaa.".repeat(60)),
        ] {
            let message = origins(SITE, wrong).unwrap_err().to_string();
            assert!(message.starts_with("configuration: TRUSTED_ORIGINS must"), "{wrong}: {message}");
        }
    }
}
