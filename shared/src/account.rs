//! The rules of an account: what its names may be, and what is kept of its user.

pub mod display_name;
pub(crate) mod email;
pub(crate) mod identifier;
pub(crate) mod user;
pub(crate) mod username;

pub use self::email::Email;
pub use self::identifier::Identifier;
pub use self::user::{Status, User, UserId, UserView};
pub use self::username::Username;
