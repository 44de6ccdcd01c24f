//! Stored forms as text, within the caps.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Params, Version};
use data_encoding::{BASE64, BASE64_NOPAD, Encoding, Specification};

use crate::password::legacy::{BeforeBcrypt, Hash, Legacy, Over, Scheme, ScryptCosts, Unusable};

/// The base64 of bcrypt.
pub(super) static BCRYPT_BASE64: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    // The last bits of bcrypt's salt are any.
    specification.check_trailing_bits = false;
    #[expect(clippy::expect_used, reason = "the alphabet is a constant, and a test uses it")]
    specification.encoding().expect("64 different characters")
});

pub(super) const OVER: &str = "$over$";
const ARGON2ID: &str = "$argon2id$";
/// The most bytes of a salt.
const LONGEST_SALT: usize = 128;

/// A part of the way: the scheme, and the rest of the text, which is the digest.
type Parsed<'a> = Result<(Scheme, &'a str), Unusable>;

impl Legacy {
    /// Reads a stored form.
    ///
    /// # Errors
    /// Why it cannot be verified.
    pub(in crate::password) fn parse(text: &str) -> Result<Self, Unusable> {
        let legacy = match text.strip_prefix(OVER) {
            Some(rest) => over(rest)?,
            None => plain(text)?,
        };
        // They are stored under argon2id only.
        let is_bare =
            legacy.over.is_none() && matches!(legacy.scheme, Scheme::Phpass { .. } | Scheme::Ssha { .. });
        if is_bare { Err(Unusable::Unknown) } else { Ok(legacy) }
    }

    /// Reads a hash that is not stored yet, which may be weak. It is none of those under argon2id.
    ///
    /// # Errors
    /// Why it cannot be verified.
    pub(super) fn parse_incoming(text: &str) -> Result<Self, Unusable> {
        plain(text)
    }
}

fn plain(text: &str) -> Result<Legacy, Unusable> {
    let (scheme, digest) = capped(scheme(text)?)?;
    let expected = match &scheme {
        // Kept as text, because an argon2id may be over it.
        Scheme::Bcrypt { .. } => {
            BCRYPT_BASE64.decode(digest.as_bytes()).ok().map(|_| digest.as_bytes().to_vec())
        }
        _ => BASE64_NOPAD.decode(digest.as_bytes()).ok(),
    };
    let expected = expected.ok_or(Unusable::Malformed)?;
    let is_long_enough = match &scheme {
        Scheme::Bcrypt { .. } => expected.len() == 31,
        // ASP.NET keeps half of a block of SHA-512.
        Scheme::Pbkdf2 { hash: Hash::Sha512, .. } | Scheme::Scrypt { .. } => {
            [32, 64].contains(&expected.len())
        }
        Scheme::Argon2 { .. } => (16..=64).contains(&expected.len()),
        Scheme::Firebase { signer_key, .. } => expected.len() == signer_key.len(),
        Scheme::Phpass { .. } => expected.len() == 16,
        Scheme::Pbkdf2 { hash, .. } | Scheme::Ssha { hash, .. } => {
            expected.len() == hash.algorithm().output_len()
        }
    };
    if is_long_enough { Ok(Legacy { scheme, over: None, expected }) } else { Err(Unusable::Malformed) }
}

fn over(text: &str) -> Result<Legacy, Unusable> {
    let start = text.rfind(ARGON2ID).ok_or(Unusable::Malformed)?;
    let (inner, outer) = text.split_at(start);
    // The inner form has no digest.
    let inner = if inner.starts_with("bcrypt_sha256") { format!("{inner}$") } else { format!("${inner}$") };
    let (scheme, rest) = capped(scheme(&inner)?)?;
    let Some(Argon2 { algorithm: Algorithm::Argon2id, version: Version::V0x13, params, salt, digest }) =
        argon2(outer)
    else {
        return Err(Unusable::Malformed);
    };
    let is_capped = params.m_cost() <= 128 * 1024 && params.t_cost() <= 10 && params.p_cost() <= 8;
    match (rest, digest) {
        (_, _) if !is_capped => Err(Unusable::TooCostly),
        ("", Some(expected)) => Ok(Legacy { scheme, over: Some(Over { params, salt }), expected }),
        _ => Err(Unusable::Malformed),
    }
}

/// The same, if its cost is within the caps.
fn capped((scheme, rest): (Scheme, &str)) -> Parsed<'_> {
    if scheme.is_capped() { Ok((scheme, rest)) } else { Err(Unusable::TooCostly) }
}

/// The scheme with which a text begins, and what follows it.
fn scheme(text: &str) -> Parsed<'_> {
    if let Some(rest) = text.strip_prefix("bcrypt_sha256$") {
        return bcrypt(BeforeBcrypt::Sha256, rest);
    }
    let rest = text.strip_prefix('$').ok_or(Unusable::Unknown)?;
    let (name, rest) = rest.split_once('$').ok_or(Unusable::Unknown)?;
    match name {
        "2a" | "2b" | "2y" => bcrypt(BeforeBcrypt::Nothing, text),
        "wp" => bcrypt(BeforeBcrypt::WordPress, text.get("$wp".len()..).unwrap_or_default()),
        "pbkdf2-sha1" => pbkdf2(Hash::Sha1, rest),
        "pbkdf2-sha256" => pbkdf2(Hash::Sha256, rest),
        "pbkdf2-sha512" => pbkdf2(Hash::Sha512, rest),
        "scrypt" => scrypt(rest, false),
        "scrypt-nfkc" => scrypt(rest, true),
        "fbscrypt" => firebase(rest),
        "argon2i" | "argon2d" | "argon2id" => of_argon2(text),
        "phpass" => phpass(rest, false),
        "phpass-wp" => phpass(rest, true),
        "ssha1" => ssha(Hash::Sha1, rest),
        "ssha256" => ssha(Hash::Sha256, rest),
        "ssha512" => ssha(Hash::Sha512, rest),
        _ => Err(Unusable::Unknown),
    }
}

/// `$2b$12$`, 22 characters of salt, and the digest.
fn bcrypt(before: BeforeBcrypt, text: &str) -> Parsed<'_> {
    let parsed = || {
        let mut parts = text.strip_prefix('$')?.splitn(3, '$');
        let (name, cost, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let is_known = ["2a", "2b", "2y"].contains(&name) && cost.len() == 2;
        let (salt, digest) = rest.split_at_checked(22)?;
        let salt = BCRYPT_BASE64.decode(salt.as_bytes()).ok()?;
        let (cost, salt) = (cost.parse().ok()?, salt.try_into().ok()?);
        // What is over it ends with one.
        let digest = digest.strip_suffix('$').unwrap_or(digest);
        is_known.then_some((Scheme::Bcrypt { before, cost, salt }, digest))
    };
    parsed().ok_or(Unusable::Malformed)
}

/// `i=1000$`, the salt, `$` and the digest.
fn pbkdf2(hash: Hash, text: &str) -> Parsed<'_> {
    let parsed = || {
        let (iterations, rest) = text.strip_prefix("i=")?.split_once('$')?;
        let (salt, digest) = salted(rest)?;
        Some((Scheme::Pbkdf2 { hash, iterations: number(iterations)?, salt }, digest))
    };
    parsed().ok_or(Unusable::Malformed)
}

/// `ln=14,r=8,p=1$`, the salt, `$` and the digest.
fn scrypt(text: &str, is_nfkc: bool) -> Parsed<'_> {
    let parsed = || {
        let (costs, rest) = text.split_once('$')?;
        let mut costs = costs.split(',');
        let costs = ScryptCosts {
            log_n: number(costs.next()?.strip_prefix("ln=")?)?.try_into().ok()?,
            r: number(costs.next()?.strip_prefix("r=")?)?,
            p: number(costs.next()?.strip_prefix("p=")?)?,
        };
        let (salt, digest) = salted(rest)?;
        Some((Scheme::Scrypt { costs, salt, is_nfkc }, digest))
    };
    parsed().ok_or(Unusable::Malformed)
}

/// `v=1,n=14,r=8,p=1,ss=…,sk=…$`, the salt, `$` and the digest, with base64 as Firebase writes it.
fn firebase(text: &str) -> Parsed<'_> {
    let parsed = || {
        let (options, rest) = text.split_once('$')?;
        let mut options = options.strip_prefix("v=1,n=")?.splitn(5, ',');
        let costs = ScryptCosts {
            log_n: number(options.next()?)?.try_into().ok()?,
            r: number(options.next()?.strip_prefix("r=")?)?,
            p: number(options.next()?.strip_prefix("p=")?)?,
        };
        let separator = BASE64.decode(options.next()?.strip_prefix("ss=")?.as_bytes()).ok()?;
        let signer_key = BASE64.decode(options.next()?.strip_prefix("sk=")?.as_bytes()).ok()?;
        let (salt, digest) = rest.split_once('$')?;
        let salt = [BASE64.decode(salt.as_bytes()).ok()?, separator].concat();
        let is_sound = (32..=64).contains(&signer_key.len()) && salt.len() <= LONGEST_SALT;
        is_sound.then_some((Scheme::Firebase { costs, salt, signer_key }, digest.trim_end_matches('=')))
    };
    parsed().ok_or(Unusable::Malformed)
}

/// Argon2 as a PHC string, with or without its digest.
struct Argon2 {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    digest: Option<Vec<u8>>,
}

fn argon2(text: &str) -> Option<Argon2> {
    let hash = PasswordHash::new(text).ok()?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = Version::try_from(hash.version?).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let is_plain = params.data().is_empty() && params.keyid().is_empty();
    let salt = hash.salt?.as_ref().to_vec();
    let digest = hash.hash.map(|hash| hash.as_bytes().to_vec());
    is_plain.then_some(Argon2 { algorithm, version, params, salt, digest })
}

fn of_argon2(text: &str) -> Parsed<'_> {
    let parsed = || {
        let Argon2 { algorithm, version, params, salt, digest } = argon2(text.trim_end_matches('$'))?;
        let rest = if digest.is_some() { text.rsplit('$').next()? } else { "" };
        // Params of a hash of another length would be those of another tag.
        let params = Params::new(params.m_cost(), params.t_cost(), params.p_cost(), None).ok()?;
        Some((Scheme::Argon2 { algorithm, version, params, salt }, rest))
    };
    parsed().ok_or(Unusable::Malformed)
}

/// `13$`, and 8 characters of salt.
fn phpass(text: &str, is_trimmed: bool) -> Parsed<'_> {
    let parsed = || {
        let (log2, rest) = text.split_once('$')?;
        let (salt, digest) = rest.split_once('$')?;
        let salt = salt.as_bytes().try_into().ok()?;
        Some((Scheme::Phpass { log2: number(log2)?.try_into().ok()?, salt, is_trimmed }, digest))
    };
    parsed().ok_or(Unusable::Malformed)
}

fn ssha(hash: Hash, text: &str) -> Parsed<'_> {
    let (salt, digest) = salted(text).ok_or(Unusable::Malformed)?;
    Ok((Scheme::Ssha { hash, salt }, digest))
}

/// A salt in base64, and what follows it.
fn salted(text: &str) -> Option<(Vec<u8>, &str)> {
    let (salt, rest) = text.split_once('$')?;
    let salt = BASE64_NOPAD.decode(salt.as_bytes()).ok()?;
    (salt.len() <= LONGEST_SALT).then_some((salt, rest))
}

/// A decimal number without a sign and without a leading zero.
fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if is_plain { text.parse().ok() } else { None }
}
