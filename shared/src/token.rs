//! The tokens that clients hold: in cookies for the session and for the device, and the refresh token.

mod claims;
pub(crate) mod device;
mod jwe;
mod plain;
pub(crate) mod refresh;
pub(crate) mod session;
pub(crate) mod tokens;

pub use self::refresh::RefreshToken;
pub use self::tokens::Tokens;
