//! Passwords: their rules, and how they are hashed and verified.

pub(crate) mod argon2id;
pub(crate) mod hash;
mod import;
pub(crate) mod legacy;
pub(crate) mod new_passwords;
pub(crate) mod rules;
pub(crate) mod site_words;

pub use self::hash::{PasswordHasher, StoredHash, Verdict};
pub use self::import::ImportError;
pub use self::legacy::Unusable;
pub use self::new_passwords::NewPasswords;
pub use self::rules::Password;
pub use self::site_words::SiteWords;
