//! The tests of Latchkey's behaviour.
//!
//! They go through the handlers with API Gateway's events, the real SDK and a real database in the
//! process; only the last one starts the binaries. Time passes by moving the clock, never by waiting.

#![cfg(test)]

mod harness;

mod bodies;
mod configuration;
mod edge;
mod events;
mod guard;
mod journeys;
mod login;
mod logout;
mod profile;
mod project;
mod races;
mod sessions;
mod signup;
mod stack;
mod tokens;
mod walkthrough;
