//! The pages: what they say in every state, and what only a browser can tell of them.

pub mod browser;
pub mod content;
pub mod states;
