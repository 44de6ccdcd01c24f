//! The tests of Latchkey's behaviour.
//!
//! They go through the handlers with API Gateway's events, the real SDK and a real database in the
//! process; only the last one starts the binaries. Time passes by moving the clock, never by waiting.

#![cfg(test)]
#![recursion_limit = "256"]

mod harness;

mod bodies;
mod browser;
mod build;
mod configuration;
mod devices;
mod edge;
mod enumeration;
mod events;
mod faults;
mod fuzzing;
mod guard;
mod identifiers;
mod interleavings;
mod journeys;
mod keys;
mod limiter;
mod lines;
mod login;
mod logout;
mod openapi;
mod outage;
mod overload;
mod pages;
mod policies;
mod profile;
mod project;
mod properties;
mod races;
mod rotation;
mod runbook;
mod schedules;
mod sessions;
mod signup;
mod stack;
mod strings;
mod tokens;
mod trust;
mod walkthrough;
