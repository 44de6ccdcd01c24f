//! The tests of Latchkey's behaviour.
//!
//! They go through the handlers with API Gateway's events, the real SDK and a real database in the process. Time passes
//! by moving the clock, never by waiting. `project::{build, stack}`, `edge::trust` and `examples` start the binaries.

#![cfg_attr(test, recursion_limit = "256")]

pub mod functions;

#[cfg(test)]
mod edge;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod operator;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod project;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod rules;
