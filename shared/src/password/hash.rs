//! Stored passwords: argon2id (OWASP's first choice) as PHC strings, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
//!
//! Every verification costs one hash. If there is no usable stored hash, a dummy with today's parameters takes its
//! place. So neither the response nor its time reveals whether an account exists.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Params, Version};
use serde::{Deserialize, Serialize};

use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::limits::permit::Permit;
use crate::password::argon2id::Argon2id;
use crate::password::legacy::Legacy;
use crate::password::rules::Password;
use crate::random;

/// The highest costs that a stored hash may have. Higher ones can only come from tampering. They would exhaust the
/// memory or the time of the function.
const MAX_MEMORY_KIB: u32 = 128 * 1024;
const MAX_ITERATIONS: u32 = 10;
const MAX_PARALLELISM: u32 = 4;

/// The PHC string of a stored password. It is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoredHash(pub(super) String);

impl fmt::Debug for StoredHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StoredHash(…)")
    }
}

impl StoredHash {
    /// The PHC string, for the item of a credential.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The algorithm and its costs, like `argon2id m=19456,t=2,p=1`: no salt and no hash.
    #[must_use]
    pub fn form(&self) -> String {
        let parts: Vec<&str> = self.0.split('$').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            ["over", inner @ ..] => format!("argon2id over {}", of_inner(inner)),
            [name, ..] if FOREIGN.contains(name) => of_inner(&parts),
            _ => {
                let form = |hash: PasswordHash| format!("{} {}", hash.algorithm, hash.params);
                PasswordHash::new(&self.0).map_or_else(|_| "unknown".to_owned(), form)
            }
        }
    }
}

/// How the forms begin that are no PHC strings.
const FOREIGN: [&str; 6] = ["2a", "2b", "2y", "wp", "bcrypt_sha256", "fbscrypt"];

/// The algorithm and the costs of another system's form, of which these are the parts: no salt and no key.
fn of_inner(parts: &[&str]) -> String {
    match parts {
        ["2a" | "2b" | "2y", cost, ..] => format!("bcrypt cost={cost}"),
        [name @ ("wp" | "bcrypt_sha256"), _, cost, ..] => format!("{name} cost={cost}"),
        ["fbscrypt", costs, ..] => {
            let costs = costs.split(",ss=").next().unwrap_or_default();
            format!("scrypt of Firebase {}", costs.trim_start_matches("v=1,"))
        }
        [name, rounds, ..] if name.starts_with("phpass") => format!("{name} 2^{rounds}"),
        [name, "v=16" | "v=19", costs, ..] => format!("{name} {costs}"),
        [name, costs, ..] if costs.starts_with("i=") || costs.starts_with("ln=") => format!("{name} {costs}"),
        [name, ..] => (*name).to_owned(),
        [] => "unknown".to_owned(),
    }
}

/// Hashes new passwords and verifies typed ones.
#[derive(Debug, Clone)]
pub struct PasswordHasher {
    pub(super) params: Params,
    pub(super) argon2id: Arc<Argon2id>,
    pub(super) dummy: String,
    pub(super) computed: Arc<AtomicU64>,
}

/// What the verification of a password found.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is not the stored one, or there is no usable stored hash.
    Wrong,
    /// The password is the stored one.
    Right,
    /// The password is the stored one, but its hash has other parameters than today's. Hash it again.
    Outdated,
}

impl PasswordHasher {
    /// Reads `ARGON2_MEMORY_KIB` (default 19456), `ARGON2_ITERATIONS` (2) and `ARGON2_PARALLELISM` (1).
    ///
    /// # Errors
    /// When a value is below OWASP's minimum, or above what a stored hash may cost.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let memory = environment.number("ARGON2_MEMORY_KIB", 19_456, 19_456..=MAX_MEMORY_KIB)?;
        let iterations = environment.number("ARGON2_ITERATIONS", 2, 2..=MAX_ITERATIONS)?;
        let parallelism = environment.number("ARGON2_PARALLELISM", 1, 1..=MAX_PARALLELISM)?;
        let params = Params::new(memory, iterations, parallelism, None);
        params.map(Self::new).map_err(|error| ConfigError::new("ARGON2_MEMORY_KIB", error.to_string()))
    }

    /// A hasher that uses these parameters as today's.
    #[must_use]
    pub fn new(params: Params) -> Self {
        let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        let dummy = format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}");
        Self { params, argon2id: Arc::default(), dummy, computed: Arc::default() }
    }

    /// The number of hashes that this hasher has computed. The tests check with it that every login costs exactly one.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// The hash of a password with today's parameters and a new random salt of 16 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no more memory or no random bytes.
    pub fn hash(&self, password: &Password) -> Result<StoredHash, Error> {
        let salt: [u8; 16] = random::bytes()?;
        let mut tag = [0; 32];
        self.compute(&self.params, password, &salt, &mut tag)?;
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(failed)?,
            salt: Some(Salt::new(&salt).map_err(failed)?),
            hash: Some(Output::new(&tag).map_err(failed)?),
        };
        Ok(StoredHash(hash.to_string()))
    }

    fn compute(
        &self,
        params: &Params,
        password: &Password,
        salt: &[u8],
        tag: &mut [u8],
    ) -> Result<(), Error> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        self.argon2id.fill(params, password.as_bytes(), salt, tag)
    }

    /// Compares a password with a stored hash. It costs one hash in every case, of the stored form.
    #[must_use]
    pub fn verify(&self, _permit: Permit, password: &Password, stored: Option<&StoredHash>) -> Verdict {
        let usable = stored.and_then(|stored| parse_capped(&stored.0));
        if let Some(stored) = stored.filter(|_| usable.is_none()) {
            if let Ok(legacy) = Legacy::parse(&stored.0) {
                return self.verify_legacy(password, &legacy);
            }
            tracing::error!(
                "a stored password hash cannot be used: it is unknown or corrupt, or its cost is above the cap"
            );
        }
        let is_real = usable.is_some();
        let Some(Usable { params, salt, expected }) = usable.or_else(|| parse_capped(&self.dummy)) else {
            return Verdict::Wrong;
        };
        let mut tag = vec![0; expected.len()];
        let computed = self.compute(&params, password, &salt, &mut tag);
        if let Err(error) = &computed {
            tracing::error!("a password could not be verified: {error}");
        }
        // The type compares in constant time.
        let matches = computed.is_ok() && Output::new(&tag).is_ok_and(|tag| tag == expected);
        if !(matches && is_real) {
            Verdict::Wrong
        } else if cost(&params) == cost(&self.params) {
            Verdict::Right
        } else {
            Verdict::Outdated
        }
    }

    /// Compares a password with the hash of another system, which a login then replaces.
    fn verify_legacy(&self, password: &Password, legacy: &Legacy) -> Verdict {
        self.computed.fetch_add(1, Ordering::Relaxed);
        match legacy.matches(password, &self.argon2id) {
            Ok(true) => Verdict::Outdated,
            Ok(false) => Verdict::Wrong,
            Err(error) => {
                tracing::error!("a password could not be verified: {error}");
                Verdict::Wrong
            }
        }
    }
}

fn cost(params: &Params) -> (u32, u32, u32) {
    (params.m_cost(), params.t_cost(), params.p_cost())
}

fn failed(error: impl std::error::Error + 'static) -> Error {
    Error::Internal(Cause::from_error(&error))
}

/// The parts of a usable stored hash.
pub(super) struct Usable {
    pub params: Params,
    salt: Salt,
    expected: Output,
}

/// Parses a PHC string. `None` unless it is a complete argon2id hash within the caps.
pub(super) fn parse_capped(phc: &str) -> Option<Usable> {
    let hash = PasswordHash::new(phc).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let is_argon2id = hash.algorithm == ARGON2ID_IDENT && hash.version == Some(Version::V0x13.into());
    let (memory, iterations, parallelism) = cost(&params);
    let is_capped =
        memory <= MAX_MEMORY_KIB && iterations <= MAX_ITERATIONS && parallelism <= MAX_PARALLELISM;
    let (salt, expected) = hash.salt.zip(hash.hash)?;
    // Latchkey writes neither associated data nor a key id, and `compute` would leave them out of the hash.
    let is_plain = params.data().is_empty() && params.keyid().is_empty();
    (is_argon2id && is_capped && is_plain).then_some(Usable { params, salt, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(memory: u32, iterations: u32) -> PasswordHasher {
        PasswordHasher::new(Params::new(memory, iterations, 1, None).unwrap())
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[test]
    fn the_right_password_verifies_and_any_other_does_not() {
        let hasher = hasher(64, 1);
        let stored = hasher.hash(&password("correct horse")).unwrap();
        assert!(stored.reveal().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_eq!(
            hasher.verify(Permit::for_tests(), &password("correct horse"), Some(&stored)),
            Verdict::Right
        );
        for wrong in ["correct hors", "correct horse ", "Correct horse", "correct horsf"] {
            assert_eq!(
                hasher.verify(Permit::for_tests(), &password(wrong), Some(&stored)),
                Verdict::Wrong,
                "{wrong}"
            );
        }
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let hasher = hasher(64, 1);
        assert_ne!(hasher.hash(&password("same")).unwrap(), hasher.hash(&password("same")).unwrap());
    }

    #[test]
    fn a_hash_of_other_parameters_is_outdated() {
        let stored = hasher(64, 1).hash(&password("correct horse")).unwrap();
        assert_eq!(
            hasher(128, 1).verify(Permit::for_tests(), &password("correct horse"), Some(&stored)),
            Verdict::Outdated
        );
        assert_eq!(
            hasher(64, 2).verify(Permit::for_tests(), &password("correct horse"), Some(&stored)),
            Verdict::Outdated
        );
        assert_eq!(
            hasher(64, 2).verify(Permit::for_tests(), &password("wrong horse"), Some(&stored)),
            Verdict::Wrong
        );
    }

    #[test]
    fn the_dummy_has_todays_parameters() {
        let hasher = hasher(72, 3);
        assert_eq!(cost(&parse_capped(&hasher.dummy).unwrap().params), (72, 3, 1));
        assert_eq!(hasher.verify(Permit::for_tests(), &password("anything"), None), Verdict::Wrong);
        assert_eq!(hasher.computed(), 1);
    }

    #[test]
    fn a_stored_hash_that_is_corrupt_or_above_the_caps_is_not_computed() {
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        for stored in [
            format!("$argon2id$v=19$m=4194304,t=2,p=1${salt}${hash}"),
            format!("$argon2id$v=19$m=64,t=4294967295,p=1${salt}${hash}"),
            format!("$argon2id$v=19$m=64,t=1,p=5${salt}${hash}"),
            format!("$argon2id$v=19$m=64,t=1,p=1,data=AAAAAAAA${salt}${hash}"),
            format!("$argon2id$v=19$m=64,t=1,p=1,keyid=AAAAAAAA${salt}${hash}"),
            format!("$argon2i$v=19$m=64,t=1,p=1${salt}${hash}"),
            format!("$argon2id$v=16$m=64,t=1,p=1${salt}${hash}"),
            format!("$argon2id$v=19$m=64,t=1,p=1${salt}"),
            "$argon2id$v=19$m=64,t=1,p=1".to_owned(),
            "$2b$10$abcdefghijklmnopqrstuv".to_owned(),
            "plain text".to_owned(),
            String::new(),
        ] {
            assert!(parse_capped(&stored).is_none(), "{stored}");
            let stored = StoredHash(stored);
            let hasher = hasher(64, 1);
            assert_eq!(hasher.verify(Permit::for_tests(), &password("x"), Some(&stored)), Verdict::Wrong);
            assert_eq!(hasher.computed(), 1, "the dummy takes its place");
        }
    }

    fn hasher_of(variables: &[(&str, &str)]) -> Result<PasswordHasher, ConfigError> {
        PasswordHasher::from_environment(&Environment::from_pairs(variables))
    }

    #[test]
    fn a_hash_is_never_cheaper_than_the_minimum() {
        assert!(hasher_of(&[]).is_ok());
        for (variable, value) in [
            ("ARGON2_MEMORY_KIB", "19455"),
            ("ARGON2_ITERATIONS", "1"),
            ("ARGON2_PARALLELISM", "0"),
            ("ARGON2_MEMORY_KIB", "4194304"),
        ] {
            let message = hasher_of(&[(variable, value)]).unwrap_err().to_string();
            assert!(
                message.contains(variable) && message.contains("must be a whole number from"),
                "{message}"
            );
        }
    }
}
