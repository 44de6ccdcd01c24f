//! Stored hashes: the text is the hash in the item.

use std::ops::RangeInclusive;

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64_NOPAD;
use latchkey::limits::Permit;
use latchkey::password::{Password, PasswordHasher, StoredHash, Verdict};
use serde_json::json;

const PASSWORD: &str = "correct horse battery";
/// The caps on the costs of a stored hash: KiB, passes, lanes.
const CAPS: [u32; 3] = [128 * 1024, 10, 8];
/// The costs of a hash that names none.
const DEFAULTS: [u32; 3] = [Params::DEFAULT_M_COST, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST];

/// Whatever is stored, Latchkey computes one hash, and never one above the caps. A stored hash that verifies is the
/// argon2id hash of the password.
pub fn hash(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let costs = costs(text);
    let is_capped = costs.iter().zip(CAPS).all(|(cost, cap)| *cost <= cap);
    let [memory, passes, lanes] = costs;
    // These costs are allowed, but too slow for fuzzing. Costs above the caps are never computed, so they are fast.
    if is_capped && (memory > 512 || passes > 3) || is_slow(text) {
        return;
    }
    let stored: StoredHash = serde_json::from_value(json!(text)).expect("any text");
    let hasher = PasswordHasher::new(Params::new(8, 1, 1, None).expect("parameters"));
    let password = Password::parse(PASSWORD).expect("a password");
    let verdict = hasher.verify(Permit::for_tests(), &password, Some(&stored));
    assert_eq!(hasher.computed(), 1);
    if verdict != Verdict::Wrong {
        assert!(is_capped);
        assert_eq!(verdict == Verdict::Right, costs == [8, 1, 1]);
        let mut parts =
            text.split('$').rev().map(|part| BASE64_NOPAD.decode(part.as_bytes()).expect("base64"));
        let (hash, salt) = (parts.next().expect("a hash"), parts.next().expect("a salt"));
        let params = Params::new(memory, passes, lanes, Some(hash.len())).expect("parameters");
        let mut expected = vec![0; hash.len()];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(PASSWORD.as_bytes(), &salt, &mut expected).expect("a hash");
        assert_eq!(expected, hash);
        assert!(text.starts_with("$argon2id$v=19$"));
    }
}

/// Whether the hash of another system may take more than some milliseconds, within the caps. Costs above the caps are
/// never obeyed, so they are fast.
fn is_slow(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['$', ',']).collect();
    let named = |name: &str, slow: RangeInclusive<u64>| {
        let values = parts.iter().filter_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        values.filter_map(|value| value.parse().ok()).any(|value| slow.contains(&value))
    };
    let placed = |(before, cost): (&&str, &&str)| {
        let slow = match *before {
            "2a" | "2b" | "2y" => 6..=13,
            "phpass" | "phpass-wp" => 11..=20,
            _ => return false,
        };
        cost.parse::<u64>().is_ok_and(|cost| slow.contains(&cost))
    };
    named("i", 2_001..=2_000_000)
        || ["ln", "n"].into_iter().any(|name| named(name, 7..=21))
        || ["r", "p"].into_iter().any(|name| named(name, 33..=1 << 21))
        || parts.iter().zip(parts.iter().skip(1)).any(placed)
}

/// Memory, passes and lanes, wherever the text names them.
fn costs(text: &str) -> [u32; 3] {
    let mut costs = DEFAULTS;
    for (name, value) in text.split(['$', ',']).filter_map(|part| part.split_once('=')) {
        if let (Some(position), Ok(value)) =
            (["m", "t", "p"].iter().position(|known| *known == name), value.parse())
        {
            costs[position] = value;
        }
    }
    costs
}
