//! The header `Authorization`, with which a client without cookies presents its session (RFC 6750, 2.1).

use crate::http::request::Request;

/// The scheme, whose case does not matter.
const SCHEME: &str = "bearer";

/// What a request presents as its bearer token. `None` if its `Authorization` is of another scheme, or there is none:
/// then its cookies count. Otherwise they do not, whatever the token is.
pub(super) fn token(request: &Request) -> Option<&str> {
    let header = request.header("authorization")?;
    let (scheme, token) = header.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(token.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn only_a_bearer_token_stands_in_for_the_cookies() {
        for (header, expected) in [
            ("Bearer a.b", Some("a.b")),
            ("bEARER  a.b ", Some("a.b")),
            ("Bearer", Some("")),
            ("Bearer a, Bearer b", Some("a, Bearer b")),
            ("Bearera", Some("a")),
            ("Basic YTpi", None),
            ("Basic YTpi, Bearer a", None),
            ("Session a", None),
            ("é", None),
            ("bearé a", None),
            ("", None),
        ] {
            let event = json!({ "headers": { "Authorization": header } });
            let raw = serde_json::value::to_raw_value(&event).unwrap();
            let request = Request::from_event(&raw, "id", Timestamp::from_seconds(0));
            assert_eq!(token(&request), expected, "{header}");
        }
    }
}
