//! The rules that several functions share: limits, devices, sessions, keys, tokens, names.

pub(crate) mod access_tokens;
mod devices;
mod enumeration;
pub mod identifiers;
pub mod keys;
pub mod limiter;
pub mod properties;
mod sessions;
mod strings;
mod tokens;
