//! The programs in `examples`, which `make test` builds.

use std::process::Stdio;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::harness::root;

/// A program of one test, which ends with it. Its route `/me` is for users alone.
pub struct Example {
    address: String,
    _process: Child,
}

impl Example {
    /// Starts a program for this issuer and this audience.
    pub async fn start(name: &str, issuer: &str, audience: &str) -> Self {
        let mut process = Command::new(root().join("target/examples/debug").join(name))
            .envs([("LATCHKEY", issuer), ("AUDIENCE", audience), ("PORT", "0")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the example; `make test` builds it");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let line = lines.next_line().await.expect("a line").expect("it starts");
        let address = line.strip_prefix("ready at http://").and_then(|rest| rest.strip_suffix("/me"));
        Self { address: address.expect("an address").to_owned(), _process: process }
    }

    /// The status of `GET /me` with this value of `Authorization`.
    pub async fn status(&self, authorization: Option<&str>) -> u16 {
        let mut request = Request::get("/me").header("host", &self.address);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let request = request.body(Full::<Bytes>::default()).expect("a request");
        local::http::send(&self.address, request).await.expect("a response").status().as_u16()
    }
}
