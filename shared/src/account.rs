//! The rules of an account: its username, email, display name and identifiers, and the item of its user.

pub mod display_name;
pub(crate) mod email;
pub(crate) mod identifier;
pub(crate) mod user;
pub(crate) mod username;

pub use self::email::Email;
pub use self::identifier::Identifier;
pub use self::user::{Status, User, UserId, UserView};
pub use self::username::Username;
