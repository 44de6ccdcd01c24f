//! The operator's command.

mod faults;
mod lists;
mod lives;
mod rights;
mod users;
