//! Files of other systems: the first line is the format, and the rest is the file.

use std::collections::HashSet;

use latchkey::account::{Email, Status, User, UserId, Username, display_name, imported_id};
use latchkey::time::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::NOW;

/// Whatever a file says, no user comes whom the documentation forbids: no right, no time and no id that the file could
/// make up, no two users of one id, and no hash that would cost too much.
pub fn import(data: &[u8]) {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(format) = std::str::from_utf8(&data[..end]) else { return };
    let Some(looked) = operator::import::look_at(data[end + 1..].to_vec(), format, NOW) else { return };
    let mut ids = HashSet::new();
    for row in looked {
        match row {
            Ok((user, hash)) => {
                assert!(ids.insert(user.user_id.as_str().to_owned()), "one id is of two users");
                check_user(&user, format);
                if let Some(hash) = hash {
                    check_hash(&hash);
                }
            }
            Err(codes) => {
                assert!(!codes.is_empty(), "each has a reason");
                // What is wrong is said, and not what the file has in it.
                let is_plain = |code: &String| {
                    code.bytes().all(|byte| byte.is_ascii_lowercase() || b"_: ".contains(&byte))
                };
                assert!(codes.iter().all(is_plain), "{codes:?}");
            }
        }
    }
}

fn check_user(user: &User, format: &str) {
    assert!(Username::parse_also_reserved(&user.username).is_ok_and(|name| name.as_str() == user.username));
    assert_eq!(user.username_canonical, user.username.to_ascii_lowercase());
    assert_eq!(
        Email::parse(user.email_shown()).map(|email| email.as_str().to_owned()),
        Ok(user.email.clone())
    );
    if let Some(name) = &user.name {
        assert_eq!(display_name::parse(name), Ok(Some(name.clone())));
    }
    let is_role = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    assert!((1..=32).contains(&user.role.len()) && user.role.bytes().all(is_role), "{}", user.role);
    assert!([Status::Active, Status::Disabled].contains(&user.status) && user.erase_at.is_none());
    let is_past = |time: Timestamp| (0..=NOW.as_seconds()).contains(&time.as_seconds());
    assert!(is_past(user.created_at) && user.email_verified_at.is_none_or(is_past));
    assert_eq!((user.version, user.password_changed_at, user.email_changed_at), (0, None, None));
    match (&user.external_id, &user.imported_from) {
        (Some(external), Some(source)) => {
            assert!(
                (1..=128).contains(&external.len()) && external.bytes().all(|byte| byte.is_ascii_graphic())
            );
            assert_eq!(user.user_id, imported_id(source, external));
            let bytes = Sha256::digest(format!("latchkey import 1\n{source}\n{external}"));
            let id = data_encoding::BASE64URL_NOPAD.encode(&bytes[..16]);
            assert_eq!(UserId::parse(&id).as_ref(), Some(&user.user_id));
        }
        (None, None) => assert_eq!(format, "latchkey", "only an export of Latchkey has ids of its own"),
        both => panic!("{both:?}"),
    }
    assert!(user.attributes.is_empty() || format == "latchkey");
}

/// The costs of a hash, wherever the text names them, are within the caps of the documentation.
fn check_hash(hash: &str) {
    let parts: Vec<&str> = hash.split(['$', ',']).collect();
    let number = |name: &str| {
        let values = parts.iter().filter_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        values.filter_map(|value| value.parse::<u64>().ok()).max()
    };
    if let Some(position) = parts.iter().position(|part| ["2a", "2b", "2y"].contains(part)) {
        let cost: u64 = parts[position + 1].parse().expect("a cost");
        assert!((4..=13).contains(&cost), "{hash}");
    }
    if let Some(iterations) = number("i") {
        let caps = [("sha1", 1_500_000), ("sha256", 2_000_000), ("sha512", 1_000_000)];
        let cap = caps.iter().find(|(name, _)| hash.contains(&format!("pbkdf2-{name}$"))).expect("a cap").1;
        assert!((1..=cap).contains(&iterations), "{hash}");
    }
    if let Some(log) = number("ln").or_else(|| number("n")) {
        let (r, p) = (number("r").expect("a block size"), number("p").expect("lanes"));
        assert!(log <= 21 && (r * p) << log <= 1 << 21 && (128 * r) << log <= 128 << 20, "{hash}");
    }
    if let Some(memory) = number("m") {
        // A PHC string without them has the defaults of argon2.
        let (passes, lanes) = (number("t").unwrap_or(2), number("p").unwrap_or(1));
        assert!(memory <= 128 * 1024 && passes <= 10 && lanes <= 8, "{hash}");
    }
    if let Some(log) = hash.strip_prefix("$phpass").and_then(|rest| rest.split('$').nth(1)) {
        assert!((7..=20).contains(&log.parse::<u32>().expect("a number")), "{hash}");
    }
}
