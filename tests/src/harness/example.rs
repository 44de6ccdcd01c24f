//! The programs in `examples`.

use std::path::Path;
use std::process::Stdio;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::harness::{Folder, free_port, root};

/// A program of one test, which ends with it. Its routes `/me` and `/orders` are for users alone.
pub struct Example {
    address: String,
    process: Child,
    _folder: Option<Folder>,
}

/// A response of it.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub cookies: Vec<String>,
    /// Whether caches may keep it.
    pub is_cacheable: bool,
}

/// Copies a folder and all below it.
fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry").path();
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copy_files(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).expect("a copy");
        }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // The program in `bin/node` starts another one, which would stay.
        let group = self.process.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let _ = group.map(|group| killpg(group, Signal::SIGKILL));
    }
}

impl Example {
    /// Starts the example on axum, which `make test` builds.
    pub async fn axum(issuer: &str, audience: &str) -> Self {
        let program = Command::new(root().join("target/examples/debug/latchkey-axum"));
        Self::start(program, None, issuer, audience).await
    }

    /// The one on Express.
    pub async fn express(issuer: &str, audience: &str) -> Self {
        // Node looks for packages from the folder of the file.
        let folder = Folder::below(&root().join(".local/libraries"));
        copy_files(&root().join("examples/express"), &folder.0);
        let mut program = Command::new(root().join(".local/libraries/bin/node"));
        program.arg("index.mjs").current_dir(&folder.0);
        Self::start(program, Some(folder), issuer, audience).await
    }

    /// The one on `FastAPI`.
    pub async fn fastapi(issuer: &str, audience: &str) -> Self {
        let mut program = Command::new(root().join(".local/libraries/bin/python"));
        program.args(["-B", "main.py"]).current_dir(root().join("examples/fastapi"));
        Self::start(program, None, issuer, audience).await
    }

    /// The one on Next.js, which `make examples` builds.
    pub async fn nextjs(issuer: &str, audience: &str) -> Self {
        let mut program = Command::new(root().join(".local/libraries/bin/node"));
        program.args(["node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1"]);
        program.current_dir(root().join(".local/examples/nextjs")).env("NEXT_TELEMETRY_DISABLED", "1");
        Self::start(program, None, issuer, audience).await
    }

    async fn start(mut program: Command, folder: Option<Folder>, issuer: &str, audience: &str) -> Self {
        let port = free_port().await;
        let address = format!("127.0.0.1:{port}");
        let mut process = program
            .envs([("LATCHKEY", issuer), ("AUDIENCE", audience), ("PORT", &port.to_string())])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the example; `make test` installs what it needs");
        while TcpStream::connect(&address).await.is_err() {
            assert!(process.try_wait().expect("a process").is_none(), "the example has ended");
            tokio::task::yield_now().await;
        }
        Self { address, process, _folder: folder }
    }

    /// The response to GET with these headers.
    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = Request::get(path).header("host", &self.address);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(Full::<Bytes>::default()).expect("a request");
        let response = local::http::send(&self.address, request).await.expect("a response");
        let cookies = response.headers().get_all("set-cookie").iter();
        let cookies = cookies.map(|cookie| cookie.to_str().expect("ASCII").to_owned()).collect();
        let status = response.status().as_u16();
        let is_cacheable = response.headers().get("cache-control").is_none_or(|value| value != "no-store");
        let body = serde_json::from_slice(response.body()).unwrap_or_default();
        Answer { status, body, cookies, is_cacheable }
    }

    /// The status of `GET /orders` with this value of `Authorization`.
    pub async fn status(&self, authorization: Option<&str>) -> u16 {
        let headers: Vec<_> = authorization.iter().map(|value| ("authorization", *value)).collect();
        self.get("/orders", &headers).await.status
    }
}
