//! The operator's command.

mod faults;
mod lives;
mod rights;
mod users;
