//! The local stack: what AWS is to the deployed Latchkey, on one machine.
//!
//! Everything follows `template.yaml`: the tables, the environment of the functions and their routes.
//! The tests stand on the same modules.

pub mod data;
pub mod database;
pub mod http;
pub mod package;
pub mod sam;
pub mod seed;
pub mod stack;
pub mod template;

/// What went wrong, as a sentence that says what to do.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
