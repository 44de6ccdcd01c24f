//! Hashes of other systems, in the forms in which an import stores them.
//!
//! | stored form | is |
//! |---|---|
//! | `$2a$`, `$2b$`, `$2y$` | bcrypt, of at most 72 bytes |
//! | `$wp$2y$…` | bcrypt of the HMAC-SHA-384 of the trimmed password, as WordPress computes it |
//! | `bcrypt_sha256$$2b$…` | bcrypt of the SHA-256, as Django computes it |
//! | `$pbkdf2-sha1$i=…$salt$hash`, `-sha256`, `-sha512` | PBKDF2, its first block |
//! | `$scrypt$ln=…,r=…,p=…$salt$hash` | scrypt |
//! | `$scrypt-nfkc$…` | scrypt of the password in NFKC |
//! | `$fbscrypt$v=1,n=…,r=…,p=1,ss=…,sk=…$salt$hash` | scrypt, and AES-256-CTR of the signer key, as Firebase computes it |
//! | `$argon2i$…`, `$argon2d$…`, `$argon2id$…` | argon2 with other parameters than Latchkey's, version 16 or 19 |
//! | `$over$INNER$argon2id$…` | argon2id over the digest of a weak hash: INNER is one of the above without its digest, or `phpass$…`, `phpass-wp$…`, `ssha1$…`, `ssha256$…`, `ssha512$…` |
//!
//! A login computes one of them, and then stores argon2id in its place. Costs are compared with caps before anything is
//! computed, because who could write such a form into a table could stop the function with it.

mod compute;
pub(super) mod incoming;
mod parse;
#[cfg(test)]
mod vectors;

use argon2::{Algorithm, Params, Version};

/// How a digest is computed from a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scheme {
    Bcrypt { before: BeforeBcrypt, cost: u32, salt: [u8; 16] },
    Pbkdf2 { hash: Hash, iterations: u32, salt: Vec<u8> },
    Scrypt { costs: ScryptCosts, salt: Vec<u8>, is_nfkc: bool },
    Firebase { costs: ScryptCosts, salt: Vec<u8>, signer_key: Vec<u8> },
    Argon2 { algorithm: Algorithm, version: Version, params: Params, salt: Vec<u8> },
    Phpass { log2: u8, salt: [u8; 8], is_trimmed: bool },
    Ssha { hash: Hash, salt: Vec<u8> },
}

/// What bcrypt gets in place of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BeforeBcrypt {
    Nothing,
    WordPress,
    Sha256,
}

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// The costs of scrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScryptCosts {
    log_n: u8,
    r: u32,
    p: u32,
}

impl ScryptCosts {
    fn work(self) -> u64 {
        (1_u64 << self.log_n.min(40)).saturating_mul(u64::from(self.r) * u64::from(self.p))
    }

    fn memory(self) -> u64 {
        128_u64.saturating_mul((1_u64 << self.log_n.min(40)).saturating_mul(self.r.into()))
    }

    fn is_capped(self) -> bool {
        // Real ones have up to 16 lanes. Each lane takes a part of the memory, too.
        self.work() <= 1 << 21 && self.memory() <= 128 * MEBIBYTE && self.p <= 32
    }
}

/// A hash of another system that can be verified within the caps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Legacy {
    scheme: Scheme,
    /// Argon2id over the digest, if the hash was weak.
    over: Option<Over>,
    expected: Vec<u8>,
}

impl Legacy {
    /// Whether it is a weak hash with argon2id over it.
    pub(super) fn is_under_argon2id(&self) -> bool {
        self.over.is_some()
    }

    /// Whether guessing is cheaper than against Latchkey's own hashes.
    pub(super) fn is_weak(&self) -> bool {
        self.over.as_ref().map_or_else(|| self.scheme.is_weak(), |over| is_weak(&over.params))
    }
}

/// The parameters and the salt of the argon2id over a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Over {
    params: Params,
    salt: Vec<u8>,
}

/// Why a text is no hash that can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It has no form that is known.
    Unknown,
    /// It begins as a known form, and goes on otherwise.
    Malformed,
    /// Its cost is above the cap.
    TooCostly,
}

/// Whether guessing is cheaper than with OWASP's least parameters.
pub(super) fn is_weak(params: &Params) -> bool {
    u64::from(params.m_cost()) * u64::from(params.t_cost()) < 2 * 19_456
}

const MEBIBYTE: u64 = 1024 * 1024;

impl Scheme {
    /// Whether its cost is within the caps.
    fn is_capped(&self) -> bool {
        match self {
            Self::Bcrypt { cost, .. } => (4..=13).contains(cost),
            Self::Pbkdf2 { hash, iterations, .. } => {
                let most = match hash {
                    Hash::Sha1 => 1_500_000,
                    Hash::Sha256 => 2_000_000,
                    Hash::Sha512 => 1_000_000,
                };
                (1..=most).contains(iterations)
            }
            Self::Scrypt { costs, .. } | Self::Firebase { costs, .. } => costs.is_capped(),
            Self::Argon2 { params, .. } => {
                params.m_cost() <= 128 * 1024 && params.t_cost() <= 10 && params.p_cost() <= 8
            }
            // Its rounds hash the whole password, of which an attacker chooses the length.
            Self::Phpass { log2, .. } => (7..=16).contains(log2),
            Self::Ssha { .. } => true,
        }
    }

    /// Whether guessing is cheaper than against argon2id with OWASP's least parameters.
    fn is_weak(&self) -> bool {
        match self {
            Self::Bcrypt { cost, .. } => *cost < 10,
            Self::Pbkdf2 { hash, iterations, .. } => {
                let least = match hash {
                    Hash::Sha1 => 150_000,
                    Hash::Sha256 => 100_000,
                    Hash::Sha512 => 50_000,
                };
                *iterations < least
            }
            Self::Scrypt { costs, .. } | Self::Firebase { costs, .. } => costs.work() < 1 << 16,
            Self::Argon2 { params, .. } => is_weak(params),
            Self::Phpass { .. } | Self::Ssha { .. } => true,
        }
    }
}
