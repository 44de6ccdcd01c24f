//! What a machine can check of the project itself: its parts agree, and its shape holds.

mod build;
mod capacity;
mod configuration;
mod deployment;
mod documents;
mod parts;
mod policies;
mod release;
mod runbook;
mod sizes;
pub mod sources;
pub mod stack;
mod structure;
mod supply_chain;
pub mod walkthrough;
mod words;
