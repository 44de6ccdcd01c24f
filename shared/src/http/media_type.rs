//! The headers `Content-Type` and `Accept`, each with its only parser.

use std::cmp::Ordering;

/// The type of a body that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyType {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
}

/// The type of a body, from its `Content-Type`. `None` if it is another type, or has another charset than UTF-8.
///
/// Other parameters say nothing about the body, and are ignored (RFC 2045, section 5). ASCII is a part of UTF-8.
#[must_use]
pub fn body_type(content_type: &str) -> Option<BodyType> {
    let mut parts = content_type.split(';').map(trim);
    let body_type = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/json" => BodyType::Json,
        "application/x-www-form-urlencoded" => BodyType::Form,
        _ => return None,
    };
    let is_utf_8 = |charset: &str| {
        let charset = trim(charset).trim_matches(['"', '\'']).to_ascii_lowercase();
        matches!(charset.as_str(), "" | "utf-8" | "utf8" | "us-ascii")
    };
    let mut parameters = parts.filter_map(|parameter| parameter.split_once('='));
    parameters
        .all(|(name, value)| !trim(name).eq_ignore_ascii_case("charset") || is_utf_8(value))
        .then_some(body_type)
}

/// Whether a `Content-Type` begins like that of JSON. A browser sends it to another site only after that site has
/// allowed it: the three types that need no permission begin otherwise (Fetch, "CORS-safelisted request-header").
#[must_use]
pub fn is_like_json(content_type: &str) -> bool {
    const JSON: &str = "application/json";
    content_type.get(..JSON.len()).is_some_and(|start| start.eq_ignore_ascii_case(JSON))
}

/// Whether a `Content-Type` may be one of the three types that a form of any site can have (HTML, "form submission
/// algorithm"), and that no site has to allow.
#[must_use]
pub fn is_type_of_form(content_type: &str) -> bool {
    let content_type = content_type.to_ascii_lowercase();
    ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
        .into_iter()
        .any(|form| content_type.contains(form))
}

/// How much an `Accept` header prefers `text/html` to `application/json` (RFC 9110, 12.5.1): `Greater` if it does,
/// `Equal` if it says neither. At the same quality, a type that is named is preferred to one that only a wildcard
/// includes: browsers name `text/html`, and programs name `application/json`. Malformed parts are ignored.
#[must_use]
pub fn html_or_json(accept: &str) -> Ordering {
    let ranges: Vec<(String, f32)> = accept.split(',').filter_map(range).collect();
    let quality = |wanted: [&str; 3]| {
        let exact_first = wanted.iter().find_map(|name| ranges.iter().find(|(range, _)| range == name));
        exact_first.map_or(0.0, |(_, quality)| *quality)
    };
    let (html, json) =
        (quality(["text/html", "text/*", "*/*"]), quality(["application/json", "application/*", "*/*"]));
    let is_named = |name: &str| html > 0.0 && ranges.iter().any(|(range, _)| range == name);
    html.total_cmp(&json).then_with(|| is_named("text/html").cmp(&is_named("application/json")))
}

fn range(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(trim);
    let name = parts.next()?.to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let quality =
        quality.map_or(Some(1.0), |quality| quality.parse().ok().filter(|q| (0.0..=1.0).contains(q)))?;
    Some((name, quality))
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_or_a_form_in_utf_8_and_nothing_else() {
        for (content_type, expected) in [
            ("application/json", Some(BodyType::Json)),
            ("Application/JSON; Charset=UTF-8", Some(BodyType::Json)),
            ("application/json;charset=\"utf-8\"", Some(BodyType::Json)),
            ("application/json;", Some(BodyType::Json)),
            ("application/json; charset=utf8", Some(BodyType::Json)),
            ("application/json; charset=US-ASCII", Some(BodyType::Json)),
            ("application/json; charset='utf-8'", Some(BodyType::Json)),
            ("application/json; charset", Some(BodyType::Json)),
            ("application/json; odata.metadata=minimal; version=1", Some(BodyType::Json)),
            ("application/json; boundary=x", Some(BodyType::Json)),
            ("application/x-www-form-urlencoded; charset=\"UTF8\"; x=y", Some(BodyType::Form)),
            ("application/x-www-form-urlencoded", Some(BodyType::Form)),
            ("application/x-www-form-urlencoded;charset=utf-8", Some(BodyType::Form)),
            ("", None),
            ("application/jsonp", None),
            ("application/problem+json", None),
            ("application/json; charset=utf-16", None),
            ("application/json; Charset = \"UTF-16\"", None),
            ("application/json; charset=utf-8; charset=latin1", None),
            ("application/x-www-form-urlencoded; charset=iso-8859-1", None),
            ("application/json, text/plain", None),
            ("text/plain; application/json", None),
            ("text/plain;charset=utf-8, application/json", None),
            ("multipart/form-data; boundary=x", None),
            ("application/json\u{b}", None),
        ] {
            assert_eq!(body_type(content_type), expected, "{content_type:?}");
        }
    }

    #[test]
    fn a_client_gets_html_only_if_it_prefers_it() {
        for (accept, is_html) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("text/html", true),
            ("TEXT/HTML", true),
            ("text/*", true),
            ("text/html;q=0.9, application/json;q=0.8", true),
            ("application/json;q=0, */*", true),
            ("*/*", false),
            ("", false),
            ("application/json", false),
            ("text/html, application/json", false),
            ("text/html;q=0.5, */*", false),
            ("text/html;q=0, */*;q=0", false),
            ("text/html;q=2", false),
            ("text/html;q=NaN", false),
            ("text/html;q=", false),
            ("nonsense", false),
            (";;,,q=1", false),
            ("text/html text/html", false),
        ] {
            assert_eq!(html_or_json(accept).is_gt(), is_html, "{accept:?}");
        }
        for (accept, expected) in [
            ("*/*", Ordering::Equal),
            ("", Ordering::Equal),
            ("text/html, application/json", Ordering::Equal),
            ("image/png", Ordering::Equal),
            ("application/json, */*;q=0.5", Ordering::Less),
            ("application/json, text/plain, */*", Ordering::Less),
            ("text/html, application/xhtml+xml, */*", Ordering::Greater),
            ("text/html;q=0, application/json;q=0", Ordering::Equal),
            ("text/html;q=0.5, */*", Ordering::Less),
        ] {
            assert_eq!(html_or_json(accept), expected, "{accept:?}");
        }
    }

    #[test]
    fn what_begins_like_json_is_never_a_type_of_a_form() {
        for like in ["application/json", "Application/JSON; charset=utf-16", "application/json, text/plain"] {
            assert!(is_like_json(like), "{like}");
            assert!(like.contains(',') || !is_type_of_form(like), "{like}");
        }
        for other in ["", "application/jso", "text/plain; application/json", " application/json", "\u{e9}"] {
            assert!(!is_like_json(other), "{other}");
        }
        for form in
            ["TEXT/Plain", "multipart/form-data; boundary=x", "x, application/x-www-form-urlencoded;a"]
        {
            assert!(is_type_of_form(form), "{form}");
        }
    }
}
