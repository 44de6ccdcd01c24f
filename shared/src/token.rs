//! The tokens that clients hold: in cookies for the session and for the device, and the refresh token. And what an
//! operator decides about access tokens, which the functions `token` and `authorizer` both read.

pub(crate) mod audiences;
mod claims;
pub(crate) mod device;
mod jwe;
pub(crate) mod own_claims;
mod plain;
pub(crate) mod refresh;
pub(crate) mod session;
pub(crate) mod tokens;

pub use self::audiences::Audiences;
pub use self::own_claims::OwnClaims;
pub use self::tokens::Tokens;
