//! The signing keys: a set of them, each with the time from which on it signs.
//!
//! As text a set is a JSON object with a member for each key. The member's name is the time, in seconds since
//! 1970, and the `kid` (RFC 7515, 4.1.4) of what the key signs; its value is the secret, at least 32 random
//! bytes in base64url. All keys of a set are accepted, and of those whose time has come the latest signs.
//! So a key can be accepted everywhere before the first token that it signs.

pub(crate) mod cache;
pub(crate) mod hs256;
pub(crate) mod key;
pub(crate) mod key_set;
pub(crate) mod rotation;
pub(crate) mod secret;

pub use self::cache::Keys;
pub use self::key::{Key, is_kid};
pub use self::key_set::KeySet;
pub use self::rotation::{Rotation, Step};
