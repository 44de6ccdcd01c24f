//! The pages: their content in every state, and their behaviour in a browser.

pub mod browser;
pub mod content;
pub mod states;
