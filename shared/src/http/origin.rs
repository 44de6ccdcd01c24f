//! The origin of the site, those that it trusts, and the same-origin check: another site must not act in the name of a
//! user who visits it (OWASP's cheat sheet on CSRF, "Fetch Metadata headers" and "verifying origin").

use url::Url;

use crate::config::{ConfigError, Environment};
use crate::http::media_type::is_like_json;
use crate::http::rejection::Rejection;
use crate::http::request::Request;

/// The origin under which browsers reach the site, for its cookies and the same-origin check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicOrigin {
    /// The origin, as browsers write it. If it is `None`, the domain name that API Gateway reports is used.
    pub origin: Option<String>,
    /// The port of a site over plain HTTP, which is on a loopback host. `None` for HTTPS, as on every deployment.
    pub local_port: Option<u16>,
}

impl PublicOrigin {
    /// Reads `PUBLIC_ORIGIN`, for example `https://auth.example.com` (default: none).
    ///
    /// # Errors
    /// When the value is not an origin as browsers write it, or is plain HTTP on a host that is not a loopback host.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        const VARIABLE: &str = "PUBLIC_ORIGIN";
        let Some(origin) = environment.get(VARIABLE) else {
            return Ok(Self { origin: None, local_port: None });
        };
        let local_port = parse(VARIABLE, origin)?;
        Ok(Self { origin: Some(origin.to_owned()), local_port })
    }

    /// Accepts a request from a page of this site, and one that no page of another site can make a browser send. The
    /// first header that is present decides: `Sec-Fetch-Site`, `Origin`, `Referer`, `Content-Type`. With `is_harmless`,
    /// the request may have none of them.
    ///
    /// # Errors
    /// [`Rejection::CrossOrigin`], which names the header that decided, or [`Rejection::UnknownOrigin`].
    pub fn check(&self, request: &Request, is_harmless: bool) -> Result<(), Rejection> {
        let own = self.own(request);
        let named = own.clone().unwrap_or_else(|| "the origin of this site".to_owned());
        let refuse = |reason: String| {
            // An operator who has set another PUBLIC_ORIGIN than the users' sees both here.
            let received = received(request);
            tracing::warn!(request_id = request.id, expected = named, received, "another origin was refused");
            Err(Rejection::CrossOrigin(reason))
        };
        if let Some(fetch_site) = request.header("sec-fetch-site") {
            return match fetch_site {
                "same-origin" | "none" => Ok(()),
                _ => refuse("the header Sec-Fetch-Site is neither same-origin nor none".to_owned()),
            };
        }
        let origin = request.header("origin");
        match origin.map(str::to_owned).or_else(|| origin_of(request.header("referer")?)) {
            // A browser says so of a page whose origin it hides, or that has none.
            Some(origin) if origin == "null" => Err(Rejection::UnknownOrigin { origin: named }),
            Some(sent) if own.as_ref() == Some(&sent) => Ok(()),
            Some(_) if origin.is_some() => refuse(format!("the header Origin is not {named}")),
            Some(_) => refuse(format!("the header Referer is not a page of {named}")),
            None if is_harmless || request.header("content-type").is_some_and(is_like_json) => Ok(()),
            None => Err(Rejection::UnknownOrigin { origin: named }),
        }
    }

    /// The path of the page of this site that a request comes from, by its `Referer`.
    pub(super) fn referring_page(&self, request: &Request) -> Option<String> {
        let referer = request.header("referer")?;
        let url = Url::parse(referer).ok().filter(|_| origin_of(referer) == self.own(request))?;
        Some(url.path().to_owned())
    }

    /// The origin of this site.
    pub(super) fn own(&self, request: &Request) -> Option<String> {
        let domain = request.domain_name.as_ref();
        self.origin.clone().or_else(|| Some(format!("https://{}", domain?)))
    }
}

/// The trusted origins, as browsers write them: of pages of the operator on sister hosts, like `https://app.example.com`
/// beside `https://auth.example.com`. They may call three routes with the user's cookie, and users go on to them after a
/// login.
#[derive(Debug, Clone, Default)]
pub struct TrustedOrigins(Vec<String>);

impl TrustedOrigins {
    const VARIABLE: &str = "TRUSTED_ORIGINS";
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
        let origins: Vec<_> = environment.list(Self::VARIABLE).collect();
        let is_long = environment.get(Self::VARIABLE).is_some_and(|text| text.len() > Self::LONGEST);
        if origins.len() > Self::MOST || is_long {
            let expected = "must be up to 8 origins with commas between them, in at most 512 characters";
            return Err(ConfigError::new(Self::VARIABLE, expected));
        }
        for origin in &origins {
            if parse(Self::VARIABLE, origin)?.is_some() && public_origin.local_port.is_none() {
                let expected = "must begin with https://, because the site does";
                return Err(ConfigError::new(Self::VARIABLE, expected));
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

/// The port of an origin over plain HTTP, which is on a loopback host. `None` for HTTPS.
///
/// # Errors
/// When the value of the variable is not an origin as browsers write it, or is plain HTTP on another host.
pub(super) fn parse(variable: &'static str, origin: &str) -> Result<Option<u16>, ConfigError> {
    // An asterisk is allowed in a URL, but in a policy of a page it would stand for any host.
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:/[]".contains(&byte);
    let url = Url::parse(origin).ok().filter(|_| origin.bytes().all(is_allowed));
    let Some(url) = url.filter(|url| url.origin().ascii_serialization() == origin) else {
        let expected = "must be an origin as browsers write it, like https://auth.example.com";
        return Err(ConfigError::new(variable, expected));
    };
    let is_loopback = match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(None),
        "http" if is_loopback => Ok(url.port_or_known_default()),
        _ => Err(ConfigError::new(
            variable,
            "must begin with https:// (http:// is for localhost and 127.0.0.1 only)",
        )),
    }
}

/// The origin of a URL. `None` if it is not the URL of a page.
fn origin_of(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// The origin that a request names, for the log: ASCII, bounded, and without a path or a query.
fn received(request: &Request) -> String {
    const LONGEST: usize = 100;
    let named = request.header("origin").or_else(|| request.header("referer")).and_then(origin_of);
    named.map_or_else(|| "none".to_owned(), |origin| origin.chars().take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin_of(value: &str) -> Result<PublicOrigin, ConfigError> {
        PublicOrigin::from_environment(&Environment::from_pairs(&[("PUBLIC_ORIGIN", value)]))
    }

    #[test]
    fn a_public_origin_is_https_or_loopback() {
        for (origin, local_port) in [
            ("https://auth.example.com", None),
            ("https://auth.example.com:8443", None),
            ("http://127.0.0.1:9000", Some(9000)),
            ("http://localhost", Some(80)),
            ("http://[::1]:3000", Some(3000)),
        ] {
            let public_origin = origin_of(origin).unwrap();
            assert_eq!(public_origin, PublicOrigin { origin: Some(origin.to_owned()), local_port });
        }
        assert_eq!(origin_of("").unwrap(), PublicOrigin { origin: None, local_port: None });
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

    fn origins(public: &str, trusted: &str) -> Result<TrustedOrigins, ConfigError> {
        let environment = Environment::from_pairs(&[("PUBLIC_ORIGIN", public), ("TRUSTED_ORIGINS", trusted)]);
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
