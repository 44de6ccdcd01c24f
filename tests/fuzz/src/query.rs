//! Queries of a URL.

use serde_json::json;

const NAME: &str = "token";

/// A member of a query is found if, and only if, its name occurs once, with the value that another parser finds.
pub fn query(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let request = crate::request(&json!({ "rawQueryString": text }));
    let pairs = text.split('&').filter(|pair| pair.contains('='));
    let decoded = pairs.filter_map(|pair| url::form_urlencoded::parse(pair.as_bytes()).next());
    let values: Vec<_> = decoded.filter(|(name, _)| name == NAME).map(|(_, value)| value).collect();
    match (request.query(NAME), values.as_slice()) {
        (Some(found), [value]) => assert_eq!(found, *value),
        // The other parser replaces bytes that are not UTF-8.
        (None, [value]) => assert!(value.contains('\u{fffd}'), "{value:?}"),
        (found, others) => assert_eq!(found, None, "{others:?}"),
    }
}
