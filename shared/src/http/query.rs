//! The query of a URL, and the encoding of HTML forms, which is the same (URL standard,
//! `application/x-www-form-urlencoded`).

use percent_encoding::percent_decode;

/// The value of the only member of this name. `None` if there is none, if there are several, or if it is not UTF-8.
pub(super) fn member(query: &str, name: &str) -> Option<String> {
    let mut values = query.split('&').filter_map(|pair| {
        let (found, value) = pair.split_once('=')?;
        (form_text(found.as_bytes())? == name).then_some(value)
    });
    let value = values.next().filter(|_| values.next().is_none())?;
    form_text(value.as_bytes())
}

/// The text that these bytes encode. `None` if it is not UTF-8. The standard replaces what is not, but a replaced
/// password is another password.
pub(super) fn form_text(encoded: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_read_if_it_is_the_only_one_of_its_name() {
        for (query, expected) in [
            ("token=abc", Some("abc")),
            ("x=1&token=abc&y", Some("abc")),
            ("%74oken=a%2Fb+c", Some("a/b c")),
            ("token=", Some("")),
            ("token=a&token=a", None),
            ("token=a&%74oken=b", None),
            ("token", None),
            ("Token=a", None),
            ("token=%ff", None),
            ("", None),
        ] {
            assert_eq!(member(query, "token").as_deref(), expected, "{query}");
        }
    }
}
