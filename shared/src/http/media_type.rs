//! The headers `Content-Type` and `Accept`, each with its only parser.

/// The type of a body that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyType {
    /// `application/json`
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
}

/// The type of a body, from its `Content-Type`. `None` if it is another type, or has a parameter other than
/// `charset=utf-8`.
#[must_use]
pub fn body_type(content_type: &str) -> Option<BodyType> {
    let mut parts = content_type.split(';').map(trim);
    let body_type = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/json" => BodyType::Json,
        "application/x-www-form-urlencoded" => BodyType::Form,
        _ => return None,
    };
    let is_known = |parameter: &str| {
        let parameter = parameter.to_ascii_lowercase();
        matches!(parameter.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"")
    };
    parts.all(is_known).then_some(body_type)
}

/// Whether an `Accept` header prefers `text/html` to `application/json` (RFC 9110, 12.5.1). It ignores malformed parts.
#[must_use]
pub fn prefers_html(accept: &str) -> bool {
    let ranges: Vec<(String, f32)> = accept.split(',').filter_map(range).collect();
    let quality = |wanted: [&str; 3]| {
        let exact_first = wanted.iter().find_map(|name| ranges.iter().find(|(range, _)| range == name));
        exact_first.map_or(0.0, |(_, quality)| *quality)
    };
    quality(["text/html", "text/*", "*/*"]) > quality(["application/json", "application/*", "*/*"])
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
            ("application/x-www-form-urlencoded", Some(BodyType::Form)),
            ("application/x-www-form-urlencoded;charset=utf-8", Some(BodyType::Form)),
            ("", None),
            ("application/jsonp", None),
            ("application/problem+json", None),
            ("application/json; charset=utf-16", None),
            ("application/json; charset", None),
            ("application/json, text/plain", None),
            ("text/plain; application/json", None),
            ("text/plain;charset=utf-8, application/json", None),
            ("multipart/form-data; boundary=x", None),
            ("application/json\u{b}", None),
            ("application/json; boundary=x", None),
        ] {
            assert_eq!(body_type(content_type), expected, "{content_type:?}");
        }
    }

    #[test]
    fn a_client_gets_html_only_if_it_prefers_it() {
        for (accept, expected) in [
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
            assert_eq!(prefers_html(accept), expected, "{accept:?}");
        }
    }
}
