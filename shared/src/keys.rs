//! The signing keys: a set of keys, each with the time from which it signs.
//!
//! As text, a set is a JSON object with one member for each key:
//!
//! - The name of the member is the time from which the key signs, in seconds since 1970. It is also the `kid`
//!   (RFC 7515, 4.1.4) of the tokens that the key signs.
//! - The value is the secret: at least 32 random bytes in base64url.
//!
//! The member `counters` is a secret that signs nothing: the keys of the limits table are HMACs under it. It never
//! rotates, because all delays would end with it. A new stack has no such member; its secret is then derived from the
//! first key, and the first rotation writes it.
//!
//! All keys of a set are accepted. Of the keys whose time has come, the latest signs. So every function can accept a
//! new key before the first token is signed with it.

pub(crate) mod cache;
pub(crate) mod hs256;
pub(crate) mod key;
pub(crate) mod key_set;
pub(crate) mod private_keys;
pub(crate) mod public_keys;
pub(crate) mod rotation;
pub(crate) mod secret;
pub(crate) mod steps;

pub use self::cache::Keys;
pub use self::key::{Key, is_kid};
pub use self::key_set::KeySet;
pub use self::private_keys::{PrivateKey, PrivateKeys};
pub use self::public_keys::{Jwk, PublicKey, PublicKeys};
pub use self::rotation::Rotation;
pub use self::secret::{Secret, Version};
pub use self::steps::{Rotated, Step, take};
