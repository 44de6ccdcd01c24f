//! The tokens in the cookies: one for the session, one for the device.

pub(crate) mod device;
pub(crate) mod jwt;
pub(crate) mod session;

pub use self::jwt::Tokens;
