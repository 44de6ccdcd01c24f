//! Cookies: each line of the text is an entry of the event's `cookies`.

use serde_json::json;

const NAME: &str = "__Host-session";

/// A cookie is found if, and only if, its name occurs once, whatever the other cookies are.
pub fn cookie(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.split('\n').collect();
    let expected = the_only(&lines);
    let request = crate::request(&json!({ "cookies": lines }));
    assert_eq!(request.cookie(NAME), expected);
    // Other senders than API Gateway leave the cookies in the header.
    let request = crate::request(&json!({ "headers": { "Cookie": lines.join("; ") } }));
    assert_eq!(request.cookie(NAME), expected);
}

/// The value of the cookie, if exactly one pair begins with its name.
fn the_only<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let pairs = lines.iter().flat_map(|line| line.split(';'));
    let mut values = pairs.filter_map(|pair| {
        let start = pair.find(|character| character != ' ' && character != '\t')?;
        let value = pair[start..].strip_prefix(NAME)?.strip_prefix('=')?;
        Some(value.trim_end_matches([' ', '\t']))
    });
    let value = values.next()?;
    values.next().is_none().then_some(value)
}
