//! What a machine can check of the project itself: its parts agree, and its shape holds.

mod build;
mod configuration;
pub mod layout;
mod policies;
mod runbook;
mod stack;
pub mod walkthrough;
