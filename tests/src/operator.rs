//! The operator's command.

mod changeovers;
mod data;
mod doctor;
mod exports;
mod faults;
mod imports;
mod lists;
mod lives;
mod log;
mod passwords;
mod repairs;
mod rights;
mod users;
