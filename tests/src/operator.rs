//! The operator's command.

mod changeovers;
mod data;
mod doctor;
mod exports;
mod faults;
mod files;
mod imports;
mod leaving;
mod lists;
mod lives;
mod log;
mod moving;
mod passwords;
mod repairs;
mod rights;
mod users;
