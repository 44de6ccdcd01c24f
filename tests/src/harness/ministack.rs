//! ministack, a server with APIs of AWS: the tests use its HTTP APIs with JWT authorizers.

use std::process::Stdio;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Method, Request};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::harness::{free_port, operator, root};

/// A server of one test, which ends with it.
pub struct Ministack {
    /// Like `127.0.0.1:5000`.
    pub address: String,
    _server: Child,
}

impl Ministack {
    /// Starts an empty server.
    pub async fn start() -> Self {
        // Another program may take the port first.
        for _ in 0..3 {
            if let Some(server) = Self::try_start(free_port().await).await {
                return server;
            }
        }
        panic!("ministack does not start");
    }

    async fn try_start(port: u16) -> Option<Self> {
        let mut server = Command::new(root().join(".local/libraries/bin/ministack"))
            .envs([("GATEWAY_PORT", port.to_string().as_str()), ("BIND_HOST", "127.0.0.1")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("ministack; `make test` installs it");
        let mut lines = BufReader::new(server.stderr.take().expect("a pipe")).lines();
        loop {
            let line = lines.next_line().await.expect("a line")?;
            eprintln!("{line}");
            if line.contains("Running on") {
                break;
            }
        }
        // The rest of its output must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self { address: format!("127.0.0.1:{port}"), _server: server })
    }

    /// Makes an HTTP API whose routes want a token of this issuer, for this audience, and lead to this URL; its id.
    pub async fn api(&self, issuer: &str, audience: &str, url: &str) -> String {
        let script = format!(
            "API=$(aws apigatewayv2 create-api --name orders --protocol-type HTTP --query ApiId --output text)
            AUTHORIZER=$(aws apigatewayv2 create-authorizer --api-id $API --name latchkey --authorizer-type JWT \
              --identity-source '$request.header.Authorization' \
              --jwt-configuration 'Issuer={issuer},Audience={audience}' --query AuthorizerId --output text)
            BACKEND=$(aws apigatewayv2 create-integration --api-id $API --integration-type HTTP_PROXY \
              --integration-method ANY --integration-uri {url} --payload-format-version 1.0 \
              --query IntegrationId --output text)
            aws apigatewayv2 create-route --api-id $API --route-key 'GET /orders' --target integrations/$BACKEND \
              --authorization-type JWT --authorizer-id $AUTHORIZER >&2
            aws apigatewayv2 create-stage --api-id $API --stage-name '$default' --auto-deploy >&2
            printf %s $API"
        );
        operator::run(operator::BASH, &script, &format!("http://{}", self.address), &[]).await
    }

    /// The status of `GET /orders` of an API with this token.
    pub async fn status(&self, api: &str, token: Option<&str>) -> u16 {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        self.send(api, Method::GET, "/orders", &headers).await.0
    }

    /// The status of a request to an API, and its body if that is JSON.
    pub async fn send(
        &self,
        api: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let (_, port) = self.address.split_once(':').expect("a port");
        let host = format!("{api}.execute-api.localhost:{port}");
        let request = Request::builder().method(method).uri(path).header("host", host);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(Full::<Bytes>::default()).expect("a request");
        let response = local::http::send(&self.address, request).await.expect("a response");
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
    }
}
