//! Where a user goes on after a login: a path of this site, or a page of a trusted origin.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Position, Url};

/// The name of the member of a query, and of the field of a form.
pub const NAME: &str = "return_to";

/// The most bytes of a path.
const LONGEST: usize = 512;

/// The most bytes of a URL.
const LONGEST_URL: usize = 1_024;

/// The paths to which no user goes on: each leads here again, or ends the session.
const NEVER: [&str; 4] = ["/login", "/signup", "/confirm", "/logout"];

/// A path of this site, perhaps with a query, which browsers and the crate `url` read as a path of the site and as
/// nothing else. Or a URL of a trusted origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Parses a path: a slash, then letters, digits and the other characters of a path or a query (RFC 3986), but no
    /// apostrophe, which browsers encode in a query and leave in a path. `None` if it is anything else, contains `//`
    /// or a segment of dots, or is a page that signs users in or out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@%/?".contains(&byte);
        let is_path = text.len() <= LONGEST
            && text.starts_with('/')
            && text.bytes().all(is_allowed)
            && !text.contains("//")
            && !text.split(['/', '?']).any(is_dots);
        let path = text.split('?').next().unwrap_or_default();
        (is_path && !NEVER.contains(&path)).then(|| Self(text.to_owned()))
    }

    /// Parses a URL of this site, whose origin is `own`, as its path, and one of a trusted origin as the URL that the
    /// crate `url` writes: what is compared is what a browser gets. `None` if it is anything else.
    #[must_use]
    pub fn parse_url(text: &str, own: Option<&str>, is_trusted: impl FnOnce(&str) -> bool) -> Option<Self> {
        let is_refused = |character: char| character.is_control() || character == '\\';
        let is_url = text.starts_with("https://") || text.starts_with("http://");
        if text.len() > LONGEST_URL || !is_url || text.contains(is_refused) {
            return None;
        }
        let url =
            Url::parse(text).ok().filter(|url| url.username().is_empty() && url.password().is_none())?;
        let origin = url.origin().ascii_serialization();
        if Some(&*origin) == own {
            return Self::parse(&url[Position::BeforePath..]);
        }
        is_trusted(&origin).then(|| Self(url.into()))
    }

    /// The path or the URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A path of this site with this one in its query.
    #[must_use]
    pub fn after(&self, path: &str) -> String {
        format!("{path}?{NAME}={}", utf8_percent_encode(&self.0, NON_ALPHANUMERIC))
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a segment means this folder or the one above.
fn is_dots(segment: &str) -> bool {
    let dots = segment.to_ascii_lowercase().replace("%2e", ".");
    dots == "." || dots == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_site_is_accepted_and_nothing_else() {
        for text in ["/", "/profile", "/verify?token=AbC-_", "/a/b;c=1?d=e/f&g=%2F", "/login/x", "/a.b/..c"] {
            assert_eq!(ReturnTo::parse(text).map(|path| path.to_string()).as_deref(), Some(text));
        }
        for text in [
            "",
            "profile",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a//b",
            "/.//evil.example",
            "/..//evil.example",
            "/a/../b",
            "/%2e%2E/b",
            "/.",
            "/a b",
            "/\t/evil.example",
            "/\r\nSet-Cookie:x=1",
            "/é",
            "/a#b",
            "/<script>",
            "/a?b='",
            "/login",
            "/login?return_to=/",
            "/signup",
            "/confirm",
            "/logout",
            &format!("/{}", "a".repeat(LONGEST)),
        ] {
            assert_eq!(ReturnTo::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_url_leads_to_this_site_or_to_a_trusted_origin() {
        let own = "https://auth.example.com";
        let is_trusted =
            |origin: &str| ["https://app.example.com", "https://b.example.com:8443"].contains(&origin);
        let parse =
            |text: &str| ReturnTo::parse_url(text, Some(own), is_trusted).map(|found| found.to_string());
        for (text, expected) in [
            ("https://app.example.com", "https://app.example.com/"),
            ("https://app.example.com/orders?id=1#top", "https://app.example.com/orders?id=1#top"),
            ("https://APP.example.com:443/a b", "https://app.example.com/a%20b"),
            ("https://app.example.com/../x", "https://app.example.com/x"),
            ("https://b.example.com:8443/", "https://b.example.com:8443/"),
            ("https://auth.example.com/profile?a=b", "/profile?a=b"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "https://auth.example.com/login",
            "https://auth.example.com//evil.example",
            "https://auth.example.com/#x",
            "https://b.example.com/",
            "http://app.example.com/",
            "https://app.example.com.evil.example/",
            "https://evil.example/?https://app.example.com",
            "https://evil.example#@app.example.com/",
            "https://app.example.com@evil.example/",
            "https://u@app.example.com/",
            "https://u:p@app.example.com/",
            "https://app.example.com\\@evil.example/",
            "https:\\\\app.example.com/",
            "ht\ntps://app.example.com/",
            " https://app.example.com/",
            "//app.example.com/",
            "javascript:https://app.example.com/",
            "https:app.example.com",
            &format!("https://app.example.com/{}", "a".repeat(1_024)),
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn no_path_leaves_the_site_or_is_read_differently() {
        const HOSTILE: [&str; 25] = [
            "/",
            "/",
            ".",
            "..",
            "\\",
            "%2e",
            "%2f",
            "%5c",
            "?",
            "'",
            "#",
            "@",
            ":",
            "a",
            "evil.example",
            "//",
            "\t",
            "\n",
            "\0",
            " ",
            "%",
            "https:",
            "javascript:",
            ";",
            "&",
        ];
        let mut seed = 1_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        let base = Url::parse("https://id.example.com").unwrap();
        let mut accepted = 0;
        for _ in 0..1_000_000 {
            let length = 1 + random(6);
            let text: String = (0..length).map(|_| HOSTILE[random(HOSTILE.len())]).collect();
            let Some(path) = ReturnTo::parse(&format!("/{text}")) else { continue };
            let url = base.join(path.as_str()).unwrap();
            assert_eq!(url.as_str(), format!("https://id.example.com{path}"), "{text:?}");
            accepted += 1;
        }
        assert!(accepted > 1_000, "{accepted}");
    }
}
