//! The tokens in the cookies: one for the session, one for the device.

mod claims;
pub(crate) mod device;
mod jwe;
mod plain;
pub(crate) mod session;
pub(crate) mod tokens;

pub use self::tokens::Tokens;
