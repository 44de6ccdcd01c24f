//! The hashes of other systems as they write them, and the stored form of each.
//!
//! Salts of Django, Werkzeug and Better Auth are texts, of which the bytes count. Whether a form is within its caps is
//! for `PasswordHasher::import` to say.

mod structured;

use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER};

pub(crate) use self::structured::{FirebaseConfig, firebase, keycloak};

/// The base64 of phpass: its digits in order, and each group with its lowest bits first.
const ITOA64: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How the forms begin that are stored as they come, also those of an export of Latchkey.
const KNOWN: [&str; 15] = [
    "$2a$",
    "$2b$",
    "$2y$",
    "$wp$2y$",
    "bcrypt_sha256$$2b$",
    "$pbkdf2-sha1$i=",
    "$pbkdf2-sha256$i=",
    "$pbkdf2-sha512$i=",
    "$scrypt$ln=",
    "$scrypt-nfkc$",
    "$fbscrypt$",
    "$argon2i$",
    "$argon2d$",
    "$argon2id$",
    "$over$",
];

/// The form in which a hash is stored if it is strong. `None` if it has no form that is known. One that begins like a
/// known form and goes on otherwise becomes a form that is malformed.
pub(crate) fn stored_form(text: &str, is_lucia_1: bool) -> Option<String> {
    if KNOWN.iter().any(|start| text.starts_with(start)) {
        return Some(text.to_owned());
    }
    let rest_of = |start: &str| text.strip_prefix(start);
    // Django and Spring put a name before a form that is known.
    let named = rest_of("bcrypt$").or_else(|| rest_of("{bcrypt}")).or_else(|| rest_of("argon2"));
    if let Some(rest) = named {
        return KNOWN.iter().any(|start| rest.starts_with(start)).then(|| rest.to_owned());
    }
    for hash in ["sha1", "sha256"] {
        if let Some(rest) = text.strip_prefix(&*format!("pbkdf2_{hash}$")) {
            return django_pbkdf2(hash, rest);
        }
    }
    if let Some(rest) = rest_of("scrypt$") {
        return django_scrypt(rest);
    }
    if let Some(rest) = rest_of("scrypt:") {
        return werkzeug_scrypt(rest);
    }
    if let Some(rest) = rest_of("pbkdf2:") {
        return werkzeug_pbkdf2(rest);
    }
    for hash in ["sha1", "sha256", "sha512"] {
        if let Some(rest) = text.strip_prefix(&*format!("$pbkdf2-{hash}$")) {
            return passlib_pbkdf2(hash, rest);
        }
    }
    // passlib calls SHA-1 by no name.
    if let Some(rest) = rest_of("$pbkdf2$") {
        return passlib_pbkdf2("sha1", rest);
    }
    if let Some(rest) = rest_of("$P$") {
        return phpass("phpass-wp", rest);
    }
    if let Some(rest) = rest_of("$H$") {
        return phpass("phpass", rest);
    }
    for (start, name, length) in
        [("{SSHA}", "ssha1", 20), ("{SSHA256}", "ssha256", 32), ("{SSHA512}", "ssha512", 64)]
    {
        if let Some(rest) = rest_of(start) {
            return ldap(name, length, rest);
        }
    }
    javascript_scrypt(text, is_lucia_1).or_else(|| asp_net(text))
}

fn base64(bytes: &[u8]) -> String {
    BASE64_NOPAD.encode(bytes)
}

/// `1000000$SALT$HASH`
fn django_pbkdf2(hash: &str, text: &str) -> Option<String> {
    let [iterations, salt, digest] = parts(text, '$')?;
    let salt = base64(salt.as_bytes());
    Some(format!("$pbkdf2-{hash}$i={iterations}${salt}${}", digest.trim_end_matches('=')))
}

/// `16384$SALT$8$5$HASH`
fn django_scrypt(text: &str) -> Option<String> {
    let [n, salt, r, p, digest] = parts(text, '$')?;
    let salt = base64(salt.as_bytes());
    Some(format!("$scrypt$ln={},r={r},p={p}${salt}${}", log2(n)?, digest.trim_end_matches('=')))
}

/// `32768:8:1$SALT$HEX`
fn werkzeug_scrypt(text: &str) -> Option<String> {
    let [costs, salt, digest] = parts(text, '$')?;
    let [n, r, p] = parts(costs, ':')?;
    let digest = HEXLOWER.decode(digest.as_bytes()).ok()?;
    Some(format!("$scrypt$ln={},r={r},p={p}${}${}", log2(n)?, base64(salt.as_bytes()), base64(&digest)))
}

/// `sha256:1000000$SALT$HEX`
fn werkzeug_pbkdf2(text: &str) -> Option<String> {
    let [costs, salt, digest] = parts(text, '$')?;
    let [hash, iterations] = parts(costs, ':')?;
    let is_known = ["sha1", "sha256", "sha512"].contains(&hash);
    let digest = HEXLOWER.decode(digest.as_bytes()).ok().filter(|_| is_known)?;
    Some(format!("$pbkdf2-{hash}$i={iterations}${}${}", base64(salt.as_bytes()), base64(&digest)))
}

/// `29000$SALT$HASH`, in base64 with a dot in place of the plus.
fn passlib_pbkdf2(hash: &str, text: &str) -> Option<String> {
    let [iterations, salt, digest] = parts(text, '$')?;
    let plus = |text: &str| text.replace('.', "+");
    Some(format!("$pbkdf2-{hash}$i={iterations}${}${}", plus(salt), plus(digest)))
}

/// The logarithm of the rounds as a digit, 8 characters of salt, and 22 of the digest.
fn phpass(name: &str, text: &str) -> Option<String> {
    let (log2, rest) = text.split_at_checked(1)?;
    let (salt, digest) = rest.split_at_checked(8)?;
    let log2 = ITOA64.find(log2)?;
    Some(format!("${name}${log2}${salt}${}", base64(&of_itoa64(digest)?)))
}

fn of_itoa64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(4) {
        let mut value = 0_u32;
        for (place, digit) in (0_u32..).zip(group) {
            value |= u32::try_from(ITOA64.find(char::from(*digit))?).ok()? << (6 * place);
        }
        let whole = group.len() * 6 / 8;
        bytes.extend(value.to_le_bytes().into_iter().take(whole));
    }
    (bytes.len() == 16).then_some(bytes)
}

/// The digest and the salt in base64.
fn ldap(name: &str, length: usize, text: &str) -> Option<String> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    let (digest, salt) = bytes.split_at_checked(length)?;
    Some(format!("${name}${}${}", base64(salt), base64(digest)))
}

/// Better Auth and Lucia: a salt, whose characters are the salt, and the hash. Lucia 1 and 2 write `s2:` before it, but
/// for the oldest ones, which have another block size.
fn javascript_scrypt(text: &str, is_lucia_1: bool) -> Option<String> {
    let named = text.strip_prefix("s2:");
    let [salt, digest] = parts(named.unwrap_or(text), ':')?;
    let is_hexadecimal = salt.len() == 32 && HEXLOWER.decode(salt.as_bytes()).is_ok();
    let is_random = salt.len() == 16 && salt.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_salt = is_hexadecimal || is_random && (named.is_some() || is_lucia_1);
    let digest = HEXLOWER.decode(digest.as_bytes()).ok().filter(|digest| is_salt && digest.len() == 64)?;
    let r = if is_lucia_1 && named.is_none() { 8 } else { 16 };
    Some(format!("$scrypt-nfkc$ln=14,r={r},p=1${}${}", base64(salt.as_bytes()), base64(&digest)))
}

/// ASP.NET Identity: a byte of the version. Version 3 says the function, the iterations and the length of the salt.
fn asp_net(text: &str) -> Option<String> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    let (version, rest) = bytes.split_first()?;
    match version {
        0 if rest.len() == 48 => {
            let (salt, digest) = rest.split_at_checked(16)?;
            // Its digest is longer than a block of SHA-1, which suffices.
            Some(format!("$pbkdf2-sha1$i=1000${}${}", base64(salt), base64(digest.get(..20)?)))
        }
        1 => {
            let (head, rest) = rest.split_at_checked(12)?;
            let number =
                |place: usize| Some(u32::from_be_bytes(head.get(place..place + 4)?.try_into().ok()?));
            let (salt, digest) = rest.split_at_checked(usize::try_from(number(8)?).ok()?)?;
            let (hash, length) = match number(0)? {
                0 => ("sha1", 20),
                1 => ("sha256", 32),
                2 => ("sha512", 64),
                _ => return None,
            };
            let digest = digest.get(..digest.len().min(length))?;
            Some(format!("$pbkdf2-{hash}$i={}${}${}", number(4)?, base64(salt), base64(digest)))
        }
        _ => None,
    }
}

/// The parts of a text between these characters, if their number is this one.
fn parts<const COUNT: usize>(text: &str, between: char) -> Option<[&str; COUNT]> {
    text.split(between).collect::<Vec<_>>().try_into().ok()
}

/// The logarithm of a power of two.
fn log2(text: &str) -> Option<u32> {
    let number: u64 = text.parse().ok()?;
    number.is_power_of_two().then(|| number.ilog2())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use latchkey::config::Environment;
    use latchkey::password::PasswordHasher;
    use serde_json::Value;

    use super::*;

    /// The stored form that an import makes of a line of the corpus.
    fn imported(vector: &Value, hasher: &PasswordHasher) -> Option<String> {
        let form = match (vector.get("keycloak"), vector.get("firebase")) {
            (Some(credential), _) => keycloak(credential),
            (_, Some(config)) => {
                let config: FirebaseConfig = serde_json::from_value(config.clone()).unwrap();
                firebase(vector["hash"].as_str().unwrap(), vector["salt"].as_str().unwrap(), &config)
            }
            _ => stored_form(vector["hash"].as_str().unwrap(), false),
        };
        hasher.import(&form?).ok().map(|stored| stored.reveal().to_owned())
    }

    #[test]
    fn the_hashes_of_the_original_libraries_get_their_stored_forms() {
        const FILE: &str = "hashes/vectors.ndjson";
        #[expect(clippy::disallowed_methods, reason = "the folder of the test data, not configuration")]
        let Some(folder) = std::env::var_os("CORPORA_DIR").map(PathBuf::from) else {
            eprintln!("SKIPPED: CORPORA_DIR is not set. It must name the folder with {FILE}.");
            return;
        };
        let hasher = PasswordHasher::from_environment(&Environment::new([])).unwrap();
        let (mut supported, mut refused) = (0, 0);
        for line in fs::read_to_string(folder.join(FILE)).unwrap().lines() {
            let vector: Value = serde_json::from_str(line).unwrap();
            let form = imported(&vector, &hasher);
            let Some(expected) = vector["stored"].as_str() else {
                assert_eq!(form, None, "{line}");
                refused += 1;
                continue;
            };
            supported += 1;
            let form = form.unwrap_or_else(|| panic!("{line}"));
            // The salt of the argon2id over a weak one is random.
            let without_outer = |text: &str| match text.strip_prefix("$over$") {
                Some(rest) => format!("$over${}", &rest[..rest.rfind("$argon2id$").unwrap()]),
                None => text.to_owned(),
            };
            assert_eq!(without_outer(&form), without_outer(expected), "{line}");
        }
        assert_eq!((supported, refused), (120, 3));
    }

    #[test]
    fn the_versions_of_lucia_have_two_block_sizes() {
        let (hexadecimal, random, digest) =
            ("0123456789abcdef".repeat(2), "z1y2x3w4v5u6t7s8", "ab".repeat(64));
        for (text, is_lucia_1, expected) in [
            (format!("{hexadecimal}:{digest}"), false, Some("r=16")),
            (format!("{hexadecimal}:{digest}"), true, Some("r=8")),
            (format!("{random}:{digest}"), true, Some("r=8")),
            (format!("{random}:{digest}"), false, None),
            (format!("s2:{random}:{digest}"), false, Some("r=16")),
            (format!("s2:{random}:{digest}"), true, Some("r=16")),
            (format!("s2:{hexadecimal}:{digest}"), false, Some("r=16")),
        ] {
            let form = stored_form(&text, is_lucia_1);
            assert_eq!(form.as_deref().and_then(|form| form.split(',').nth(1)), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_hash_has_no_form() {
        for text in [
            "",
            "password",
            "!",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "$6$oHLX6Qc/0IXzvSJQ$Tm.pWgF",
            "{MD5}X03MO1qnZdYdgyfeuILPmQ==",
            "pbkdf2_sha256$1000",
            "scrypt$15000$salt$8$1$AAAA",
            "scrypt:32768:8$salt$00",
            "pbkdf2:md5:1000$salt$00",
            "$P$",
            "$P$Bshort",
            "{SSHA}AAAA",
            "argon2",
            "bcrypt$2b",
            "AQAAAAEAACcQ////",
            "00:00",
            "s2:zz:00",
        ] {
            assert_eq!(stored_form(text, false), None, "{text}");
        }
    }
}
