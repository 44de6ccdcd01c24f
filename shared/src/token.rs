//! The tokens in our cookies.

pub(crate) mod device;
pub(crate) mod jwt;
pub(crate) mod session;

pub use self::jwt::Tokens;
