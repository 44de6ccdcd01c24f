//! The processes of the functions: it starts them, starts them again after they end, and after a source has changed.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::process::Command;
use tokio::sync::watch;

use crate::Failure;
use crate::runtime_api::Queue;

/// The time between two looks at the sources, and before a process that has ended starts again.
const PAUSE: Duration = Duration::from_millis(500);
/// What the functions are built from, in the root of the repository.
const SOURCES: [&str; 4] = ["Cargo.lock", "Cargo.toml", "functions", "shared"];

/// The Makefile's selection of packages: with another one, cargo would build most crates again, with other features.
const BUILD: [&str; 8] =
    ["build", "--locked", "--workspace", "--exclude", "bench", "--exclude", "operator", "--bins"];

/// A function that runs as a process.
#[derive(Debug)]
pub struct Process {
    /// The name of its binary.
    pub name: String,
    /// The binary.
    pub binary: PathBuf,
    /// All its variables. It gets no other variable of the developer's shell: one of a proxy, for example, would lead
    /// the calls of the database to that proxy.
    pub environment: BTreeMap<String, String>,
    /// Its events.
    pub queue: Arc<Queue>,
}

impl Process {
    /// Runs the process, again and again. `built` changes when it has been built again. It returns only if the process
    /// does not start, which it says with the exit code 1, and no source has changed yet: a variable is wrong then.
    pub async fn run(self, mut built: watch::Receiver<()>) -> Failure {
        let mut is_rebuilt = false;
        loop {
            let mut command = Command::new(&self.binary);
            command.env_clear().envs(&self.environment).stdin(Stdio::null()).kill_on_drop(true);
            let ended = match command.spawn() {
                Ok(mut process) => tokio::select! {
                    ended = process.wait() => ended.map(Some),
                    _ = built.changed() => process.kill().await.map(|()| None),
                },
                Err(error) => Err(error),
            };
            self.queue.fail_begun();
            match ended {
                // It was stopped, so that the new binary starts.
                Ok(None) => is_rebuilt = true,
                Ok(Some(status)) if status.code() == Some(1) => {
                    let failure = format!("the function {} does not start. See its message above", self.name);
                    if !is_rebuilt {
                        return failure.into();
                    }
                    eprintln!("latchkey: {failure}");
                    let _ = built.changed().await;
                }
                Ok(Some(status)) => {
                    eprintln!("latchkey: the function {} has ended ({status}), and starts again", self.name);
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => {
                    eprintln!("latchkey: the function {} cannot be started: {error}", self.name);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Builds the functions. Cargo shows its progress.
///
/// # Errors
/// When they do not build.
pub async fn build(root: &Path) -> Result<(), Failure> {
    let mut cargo = Command::new("cargo");
    // Cargo sets these for what it runs, such as the tests. The build script of ring reads them, so it would run again,
    // and all that depends on ring would be built again.
    let is_of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_package) {
            cargo.env_remove(name);
        }
    }
    let status = cargo.args(BUILD).current_dir(root).status().await?;
    if status.success() { Ok(()) } else { Err("the functions do not build. See the messages above".into()) }
}

/// Builds the functions whenever one of their sources has changed, and never returns.
pub async fn rebuild(root: &Path, built: watch::Sender<()>) -> Infallible {
    let sources = || SOURCES.map(|name| newest(&root.join(name)));
    let mut known = sources();
    loop {
        tokio::time::sleep(PAUSE).await;
        let found = sources();
        if found == known {
            continue;
        }
        known = found;
        eprintln!("latchkey: a source has changed: building the functions");
        match build(root).await {
            Ok(()) => {
                built.send_replace(());
                eprintln!("latchkey: the functions start again");
            }
            Err(error) => eprintln!("latchkey: {error}. The functions run on as they were"),
        }
    }
}

/// The time of the last change in a file or a folder.
fn newest(path: &Path) -> Option<SystemTime> {
    let own = fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| newest(&entry.path())).fold(own, Ord::max)
}
