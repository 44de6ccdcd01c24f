//! What every type of token has.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::keys::key::Purpose;

/// The claims of one type of token. Each implementation is a struct that denies unknown fields.
pub(super) trait Claims: Serialize + DeserializeOwned {
    /// The `typ` of the header, and the name of the key that encrypts the token.
    const TYPE: &'static str;
    /// The purpose of the subkey that signed the token when tokens were not encrypted, and with which its hashes are
    /// made. `None` for a type that has never been signed.
    const PURPOSE: Option<Purpose>;

    /// The stack that issued the token, and the stack that it is for: `iss` and `aud`.
    fn stacks(&self) -> [&str; 2];

    /// When the token was issued, and when it expires: `iat` and `exp`, in seconds since 1970.
    fn times(&self) -> [i64; 2];
}
