//! Sessions: a random secret in the person's cookie, and a row that decides.
//!
//! The row's key holds only the SHA-256 of the secret, and the cookie is a signed token
//! ([`crate::token`]): neither a copy of the tables nor the signing key alone lets anyone in.
//!
//! A session has three ends, by our clock: after the **active** period a request renews it, after the
//! **idle** period without a renewal it is dead, and after the **absolute** period it is dead whatever happens.

pub(crate) mod client_info;
pub(crate) mod device;
pub(crate) mod lifetimes;
pub(crate) mod presented;
pub(crate) mod record;
pub(crate) mod secret;

pub use self::client_info::ClientInfo;
pub use self::device::{Device, DeviceId};
pub use self::lifetimes::Lifetimes;
pub use self::presented::PresentedSession;
pub use self::record::{NewSession, Session, SessionView};
pub use self::secret::{SessionId, SessionSecret};
