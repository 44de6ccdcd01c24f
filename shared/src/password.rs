//! Passwords: their rules, and how they are hashed and verified.

pub(crate) mod argon2id;
pub(crate) mod hash;
pub(crate) mod rules;

pub use self::hash::{PasswordHasher, StoredHash, Verdict};
pub use self::rules::Password;
