//! What the tests stand on: a database, the functions in front of it, and clients that keep cookies.

pub mod client;
pub mod database;
pub mod event;
pub mod latchkey;

pub use client::Client;
pub use database::{Database, Fault};
pub use event::Event;
pub use latchkey::{Answer, Latchkey};

/// The root of the repository.
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").to_path_buf()
}

/// The template of the deployment.
pub fn template() -> local::template::Template {
    let text = std::fs::read_to_string(root().join("template.yaml")).expect("template.yaml");
    local::template::Template::parse(&text).expect("YAML")
}
