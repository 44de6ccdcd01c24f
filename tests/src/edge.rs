//! The edge: events in, responses out, on every route.

mod bodies;
mod cors;
pub mod events;
pub mod guard;
mod journeys;
mod log;
mod odd_events;
mod openapi;
mod origin_secret;
mod trust;
