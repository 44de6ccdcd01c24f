//! The header `User-Agent`.

use latchkey::session::ClientInfo;

/// A session keeps the beginning of a user agent. Its name for people consists of our own words, whatever the client
/// says.
pub fn client(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let client = ClientInfo::new(Some(text), None);
    let kept = client.user_agent.as_deref().unwrap_or_default();
    assert!(text.starts_with(kept) && kept.len() <= ClientInfo::USER_AGENT_BYTES);
    assert!(kept.len() + 4 > ClientInfo::USER_AGENT_BYTES || kept == text, "no more is cut than necessary");
    let name = client.name();
    assert!(name.len() <= 40 && name.chars().all(|word| word.is_ascii_alphabetic() || word == ' '), "{name}");
    let (browser, system) = name.split_once(" on ").unwrap_or((&name, ""));
    assert!(browser != "a program" || system.is_empty(), "{name}");
}
