//! Cookies: each line of the text is one, as API Gateway tells of them.

use serde_json::json;

const NAME: &str = "__Host-session";

/// A cookie is found if, and only if, it stands there once, whoever else's stand around it.
pub fn cookie(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.split('\n').collect();
    let expected = the_only(&lines);
    let ours = crate::request(&json!({ "cookies": lines }));
    assert_eq!(ours.cookie(NAME), expected);
    // The same in the header, where another sender of the event leaves them.
    let ours = crate::request(&json!({ "headers": { "Cookie": lines.join("; ") } }));
    assert_eq!(ours.cookie(NAME), expected);
}

/// What follows the name, where the name stands at the beginning of exactly one pair.
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
