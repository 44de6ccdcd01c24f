//! The tables, one file each: the only code that speaks to DynamoDB.
//!
//! Every read that decides anything is strongly consistent, every update says on what condition, and
//! no row is put over another. Errors of the SDK end here: [`Error::Unavailable`] when trying again
//! may help, [`Error::Internal`] when it will not.

pub(crate) mod accounts;
pub(crate) mod attempts;
pub(crate) mod client;
pub(crate) mod credentials;
pub(crate) mod item;
pub(crate) mod limiter;
pub(crate) mod live_sessions;
pub(crate) mod sessions;
pub(crate) mod users;

pub use self::accounts::{Accounts, SignUp};
pub use self::client::client;
pub use self::credentials::{Credential, Credentials};
pub use self::limiter::login::{CountedLogin, LoginAttempt, LoginLimiter};
pub use self::limiter::signup::SignupLimiter;
pub use self::live_sessions::LiveSessions;
pub use self::sessions::{Deleted, Renewal, Sessions};
pub use self::users::Users;
