//! The operator's command.

mod data;
mod doctor;
mod faults;
mod lists;
mod lives;
mod log;
mod rights;
mod users;
