//! What the tests stand on: a database, the functions in front of it, and clients that keep cookies.

use std::sync::LazyLock;

use local::template::Template;

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

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    let text = std::fs::read_to_string(root().join("template.yaml")).expect("template.yaml");
    Template::parse(&text).expect("YAML")
});

/// The template of the deployment.
pub fn template() -> &'static Template {
    &TEMPLATE
}
