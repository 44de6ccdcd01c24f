//! The header `Authorization`, with which a client without cookies presents its session (RFC 6750, 2.1).

/// The scheme, whose case does not matter.
const SCHEME: &str = "bearer";

/// The bearer token in a value of the header, whatever it is. `None` if the value is of another scheme.
pub(super) fn token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(token.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_follows_the_scheme() {
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
            assert_eq!(token(header), expected, "{header}");
        }
    }
}
