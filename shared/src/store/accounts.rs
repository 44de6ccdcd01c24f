//! Accounts. An account is a user and two credentials, which are written together or not at all.
//!
//! Each change is one transaction, and has a file of its own.

pub(crate) mod change_email;
pub(crate) mod change_password;
mod change_profile;
mod delete;
pub(crate) mod end_sessions;
mod epoch;
mod identifiers;
pub(crate) mod import;
pub(crate) mod import_again;
pub(crate) mod newcomer;
pub(crate) mod redemption;
pub(crate) mod repair;
pub(crate) mod reset;
pub(crate) mod restore;
mod retire;
pub(crate) mod sign_up;
pub(crate) mod tables;
pub(crate) mod transaction;
pub(crate) mod verify;
mod writes;
