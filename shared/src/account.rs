//! The rules of an account: its username, email, display name and identifiers, the item of its user, and who may sign
//! up.

pub(crate) mod attributes;
pub(crate) mod changed_by;
pub mod display_name;
pub(crate) mod email;
pub(crate) mod identifier;
pub(crate) mod imported_id;
pub(crate) mod reserved;
pub(crate) mod signup_mode;
pub(crate) mod status;
pub(crate) mod user;
pub(crate) mod username;

pub use self::attributes::Attributes;
pub use self::changed_by::ChangedBy;
pub use self::email::Email;
pub use self::identifier::Identifier;
pub use self::imported_id::imported_id;
pub use self::reserved::ReservedUsernames;
pub use self::signup_mode::SignupMode;
pub use self::status::Status;
pub use self::user::{User, UserId, UserView};
pub use self::username::Username;
