//! The tables, one file each. Only this module calls DynamoDB.
//!
//! Every read that decides anything is strongly consistent. Every update has a condition, and no write replaces an
//! existing item. Errors of the SDK end here: they become [`Error::Unavailable`](crate::error::Error::Unavailable) if
//! another try may help, and [`Error::Internal`](crate::error::Error::Internal) if it will not.

pub(crate) mod accounts;
pub(crate) mod attempts;
mod batch;
pub(crate) mod client;
pub(crate) mod credentials;
pub(crate) mod inspector;
pub(crate) mod item;
pub(crate) mod limiter;
pub(crate) mod live_sessions;
pub(crate) mod mails;
pub(crate) mod password_forms;
pub(crate) mod proofs;
pub(crate) mod public_keys;
pub(crate) mod published_keys;
pub(crate) mod readable;
pub(crate) mod refreshes;
pub(crate) mod remembered;
pub(crate) mod renewals;
pub(crate) mod session_counts;
pub(crate) mod sessions;
pub(crate) mod user_pages;
pub(crate) mod users;
pub(crate) mod verifier;

pub use self::accounts::change_email::EmailChange;
pub use self::accounts::change_password::PasswordChange;
pub use self::accounts::import::Arrival;
pub use self::accounts::import_again::{Presence, Renewal, Waiting};
pub use self::accounts::newcomer::Newcomer;
pub use self::accounts::redemption::Redemption;
pub use self::accounts::repair::Missing;
pub use self::accounts::reset::Reset;
pub use self::accounts::restore::Restoration;
pub use self::accounts::sign_up::{Address, SignUp};
pub use self::accounts::tables::Accounts;
pub use self::client::client;
pub use self::credentials::{Credential, Credentials, Ownership};
pub use self::inspector::{Inspected, Inspector, Seen};
pub use self::limiter::changes::{Change, ChangeLimiter, UsernameSlot};
pub use self::limiter::forget::FailureCounters;
pub use self::limiter::login::{CountedAttempt, CountedLogin, LoginAttempt, LoginLimiter};
pub use self::limiter::mails::{MailLimiter, MailRequestLimiter, MailSlots};
pub use self::limiter::signup::SignupLimiter;
pub use self::live_sessions::LiveSessions;
pub use self::mails::{Mails, StoredMail};
pub use self::password_forms::{PasswordForm, PasswordForms};
pub use self::proofs::Proofs;
pub use self::public_keys::PublicKeyTable;
pub use self::published_keys::PublishedKeys;
pub use self::readable::{readable, readable_user};
pub use self::refreshes::Refreshed;
pub use self::session_counts::{SessionCount, Start};
pub use self::sessions::{Deleted, SessionList, Sessions};
pub use self::user_pages::{UserPage, Wanted};
pub use self::users::Users;
pub use self::verifier::{LoginVerifier, VerifiedLogin};
pub use crate::limits::counter::AskedMail;
