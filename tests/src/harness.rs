//! The basis of the tests: a database, the functions in front of it, and clients that keep cookies.

use std::sync::LazyLock;

use local::template::Template;

pub mod access_token;
pub mod app;
pub mod authorizer;
pub mod browser;
pub mod client;
pub mod command;
pub mod database;
pub mod deployed;
pub mod event;
pub mod example;
pub mod folder;
pub mod gateway;
pub mod https;
pub mod latchkey;
pub mod libraries;
pub mod local_site;
pub mod log_entries;
pub mod mail;
pub mod ministack;
pub mod moto;
pub mod openapi;
pub mod operator;
pub mod proxy;
pub mod random;
pub mod secrets_manager;

pub use client::Client;
pub use database::Database;
pub use event::Event;
pub use folder::Folder;
pub use latchkey::{Latchkey, NO_ADDRESS_LIMITS, Response};
pub use local_site::LocalSite;
pub use mail::Post;
pub use proxy::Fault;
pub use secrets_manager::SecretsManager;

/// A number of repetitions: few in `make test`, many in `make soak`.
#[expect(clippy::disallowed_methods, reason = "the length of the tests, not configuration")]
pub fn soak(few: usize, many: usize) -> usize {
    let is_soaking = std::env::var_os("SOAK").is_some();
    if is_soaking { many } else { few }
}

/// A file of the test data of others, which the project does not contain. `None`, and a message, without the folder.
#[expect(clippy::disallowed_methods, reason = "the folder of the test data, not configuration")]
pub fn corpus(file: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("CORPORA_DIR").map(std::path::PathBuf::from) else {
        eprintln!("SKIPPED: CORPORA_DIR is not set. It must name the folder with {file}.");
        return None;
    };
    Some(std::fs::read_to_string(folder.join(file)).expect("the corpus"))
}

/// A port without a listener.
pub async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}

/// The root of the repository.
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").to_path_buf()
}

/// A file of a Python package that `make` has installed into a folder of `.local`.
pub fn site_package(folder: &str, file: &str) -> Option<std::path::PathBuf> {
    let pythons = std::fs::read_dir(root().join(format!(".local/{folder}/lib"))).ok()?.filter_map(Result::ok);
    let mut files = pythons.map(|python| python.path().join("site-packages").join(file));
    files.find(|file| file.exists())
}

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    let text = std::fs::read_to_string(root().join("template.yaml")).expect("template.yaml");
    Template::parse(&text).expect("YAML")
});

/// The template of the deployment.
pub fn template() -> &'static Template {
    &TEMPLATE
}
