//! Where a user goes on after a login.

use latchkey::http::Response;
use latchkey::http::return_to::{NAME, ReturnTo};
use url::Url;

/// An accepted path leads a browser to this site and to exactly this path, in a `Location` and in the query of a form.
pub fn return_to(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    url_to(text);
    let Some(path) = ReturnTo::parse(text) else { return };
    assert_eq!(path.as_str(), text);
    let origin = "https://id.example.com";
    let base = Url::parse(&format!("{origin}/login?x#y")).expect("a URL");
    let url = base.join(text).expect("a reference");
    assert_eq!(url.as_str(), format!("{origin}{text}"));
    assert!(!["/login", "/signup", "/confirm", "/logout"].contains(&url.path()), "{text}");
    let form = base.join(&path.after("/login")).expect("a reference");
    let members: Vec<_> = form.query_pairs().collect();
    assert_eq!((form.path(), members.as_slice()), ("/login", &[(NAME.into(), text.into())][..]));
    let location = Response::return_to(Some(&path)).into_event(true).headers;
    assert_eq!(location.get("location").and_then(|value| value.to_str().ok()), Some(text));
}

/// An accepted URL leads a browser to this site or to the trusted origin, and to no other.
fn url_to(text: &str) {
    let (own, trusted) = ("https://id.example.com", "https://app.example.com");
    let Some(found) = ReturnTo::parse_url(text, Some(own), |origin| origin == trusted) else { return };
    let url = Url::parse(own).expect("a URL").join(found.as_str()).expect("a reference");
    let origin = url.origin().ascii_serialization();
    assert!([own, trusted].contains(&&*origin), "{text:?}");
    assert!(url.username().is_empty() && url.password().is_none(), "{text:?}");
    assert!(text.len() <= 1_024 && !text.contains('\\') && !text.contains(char::is_control), "{text:?}");
    if origin == own {
        assert_eq!(ReturnTo::parse(found.as_str()), Some(found), "{text:?}");
    } else {
        assert_eq!(url.as_str(), found.as_str(), "a browser gets what was compared: {text:?}");
    }
}
