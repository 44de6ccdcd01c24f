//! The headers that every response has.

use lambda_http::http::header::{CONTENT_SECURITY_POLICY, STRICT_TRANSPORT_SECURITY};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};

/// The headers of every response, which may not be sniffed.
const HEADERS: [(&str, &str); 3] = [
    ("cross-origin-opener-policy", "same-origin"),
    // With `no-referrer`, the site's own forms would send `Origin: null`.
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
];

/// Those of a response to one client: it may not be stored, or embedded by another site.
const PRIVATE_HEADERS: &[(&str, &str)] =
    &[("cache-control", "no-store"), ("cross-origin-resource-policy", "same-origin"), ("vary", "Accept")];

/// Those of a response that is the same for everyone: it may be stored for five minutes, and scripts of all sites may
/// read it. No cookie and no `Accept` changes it, so it has no `Vary`.
const PUBLIC_HEADERS: &[(&str, &str)] = &[
    ("access-control-allow-origin", "*"),
    ("cache-control", "public, max-age=300"),
    ("cross-origin-resource-policy", "cross-origin"),
];

/// For two years, browsers use only HTTPS for the host and for those below it.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// The `Content-Security-Policy` of a response that is not a page: nothing may be loaded. A page may have its style.
pub(super) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);

/// The headers of a response, with those that every one has. Over plain HTTP it says nothing about HTTPS (RFC 6797,
/// section 7.2).
pub(super) fn complete(
    mut headers: HeaderMap,
    policy: HeaderValue,
    is_public: bool,
    is_secure: bool,
) -> HeaderMap {
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    let own = if is_public { PUBLIC_HEADERS } else { PRIVATE_HEADERS };
    for (name, value) in HEADERS.iter().chain(own) {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if is_secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    headers
}
