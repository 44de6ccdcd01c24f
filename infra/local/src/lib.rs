//! The local stack: it does on one machine what AWS does for the deployed Latchkey.
//!
//! The tables, the variables of the functions and their routes come from `template.yaml`. The tests use the same
//! modules.

pub mod data;
pub mod database;
pub mod environment;
pub mod functions;
pub mod gateway;
pub mod guard;
pub mod http;
pub mod mailbox;
pub mod package;
mod permission;
pub mod runtime_api;
pub mod sam;
pub mod seed;
pub mod stack;
pub mod stream;
pub mod template;

/// An error. Its text says what failed and, where it can, what to do.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
