//! Where a user goes on after a login: a path of this site.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::input::Input;

/// The name of the member of a query, and of the field of a form.
pub const NAME: &str = "return_to";

/// The most bytes.
const LONGEST: usize = 512;

/// The paths to which no user goes on: each leads here again, or ends the session.
const NEVER: [&str; 4] = ["/login", "/signup", "/confirm", "/logout"];

/// A path of this site, perhaps with a query. Browsers and the crate `url` read it as a path of the site and as nothing
/// else.
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

    /// The path in the member [`NAME`] of a query, if it is one.
    #[must_use]
    pub fn from_query(member: Option<String>) -> Option<Self> {
        Self::parse(&member?)
    }

    /// The path in a form, if it is one. JSON has no such field.
    #[must_use]
    pub fn from_form(input: &Input<'_>) -> Option<Self> {
        Self::parse(input.form_value(NAME)?)
    }

    /// The path.
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
    use url::Url;

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
