//! Sessions: a random secret in the user's cookie or in a refresh token, and an item that decides whether the session
//! is active.
//!
//! The key of the item holds only the SHA-256 of the secret, and the client holds an encrypted token
//! ([`crate::token`]). So neither a copy of the tables nor a key alone is enough to use a session.
//!
//! A session has three ends, all by Latchkey's clock:
//!
//! - after the **active** period, a request for the profile renews it;
//! - after the **idle** period without a renewal, it has expired;
//! - after the **absolute** period, it has expired even if it was renewed.

mod browser;
pub(crate) mod client_info;
pub(crate) mod device;
pub(crate) mod device_id;
pub(crate) mod freshness;
pub(crate) mod kind;
pub(crate) mod lifetimes;
pub(crate) mod presented;
pub(crate) mod record;

pub use self::client_info::ClientInfo;
pub use self::device::Device;
pub use self::device_id::DeviceId;
pub use self::freshness::Freshness;
pub use self::kind::SessionKind;
pub use self::lifetimes::Lifetimes;
pub use self::presented::PresentedSession;
pub use self::record::{NewSession, Session, SessionView};
