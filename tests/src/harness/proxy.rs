//! A proxy between the functions and AWS. It records every call, denies calls that the policy of the calling function
//! does not allow, as IAM does, and lets calls fail in every way.

mod call;
mod fault;
mod order;

use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use local::template::Permission;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub use self::call::{Action, Call};
pub use self::fault::{Fault, Scripted};
use self::order::Order;
use crate::harness::template;

#[derive(Debug)]
pub struct Proxy {
    upstream: String,
    /// The URL of Secrets Manager, in the tests that start it.
    secrets_manager: OnceLock<String>,
    client: Client<HttpConnector, Full<Bytes>>,
    calls: Mutex<Vec<Call>>,
    pub faults: Mutex<Vec<Scripted>>,
    pub order: Order,
    /// What the policy of each function, and each policy of an operator, allows. Any other caller may do anything.
    policies: BTreeMap<String, Vec<Permission>>,
}

impl Proxy {
    /// A proxy in front of a database.
    pub fn new(upstream: String) -> Self {
        let functions = template().functions().into_iter();
        let mut policies: BTreeMap<_, _> =
            functions.map(|function| (function.name, function.policy)).collect();
        policies.extend(operators());
        Self {
            upstream,
            secrets_manager: OnceLock::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            calls: Mutex::default(),
            faults: Mutex::default(),
            order: Order::default(),
            policies,
        }
    }

    /// Serves until the test ends.
    pub async fn accept(self: Arc<Self>, listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let proxy = self.clone();
            let service = service_fn(move |request| {
                let proxy = proxy.clone();
                async move { proxy.respond(request).await }
            });
            tokio::spawn(Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    }

    /// Forwards the calls to Secrets Manager to this server.
    pub fn set_secrets_manager(&self, uri: String) {
        self.secrets_manager.set(uri).expect("one Secrets Manager");
    }

    /// The calls since the last time this was called.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().expect("a lock"))
    }

    async fn respond(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        // A client that gives up closes its connection.
        let Ok(body) = body.collect().await else { return broken() };
        let body = body.to_bytes();
        let target = header(&head, "x-amz-target");
        let caller = header(&head, "authorization").split("Credential=").nth(1);
        let caller = caller.and_then(|rest| rest.split('/').next()).unwrap_or_default();

        let call = Call::new(caller, target, &body);
        let operation = call.operation.clone();
        let fault = self.fault(&operation);
        let denied = self
            .policies
            .get(caller)
            .and_then(|policy| call.actions().into_iter().find(|action| !action.is_allowed(policy)));
        self.calls.lock().expect("a lock").push(call);
        if let Some(Action { name, resource, .. }) = denied {
            let message = format!("{caller} is not authorized to perform {name} on {resource}");
            return Ok(json_response(400, &json!({ "__type": "AccessDeniedException", "message": message })));
        }
        match fault {
            Some(fault) => self.fail(fault, target, body).await,
            None => self.order.apply(caller, &operation, self.forward(target, body)).await,
        }
    }

    /// The fault that the next call of an operation meets.
    fn fault(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().expect("a lock");
        let position = faults.iter().position(|scripted| scripted.operation == operation)?;
        if faults[position].is_lasting {
            Some(faults[position].fault.clone())
        } else {
            Some(faults.remove(position).fault)
        }
    }

    async fn fail(&self, fault: Fault, target: &str, body: Bytes) -> io::Result<Response<Full<Bytes>>> {
        if let Fault::AppliedAndSilent | Fault::AppliedAndBroken | Fault::AppliedAndLost = fault {
            self.forward(target, body.clone()).await?;
        }
        match fault {
            Fault::Silent | Fault::AppliedAndSilent => pending().await,
            Fault::Broken | Fault::AppliedAndBroken => broken(),
            Fault::AppliedAndLost => {
                Ok(json_response(500, &json!({ "__type": "InternalServerError", "message": "lost" })))
            }
            Fault::Refused(status, body) => Ok(json_response(status, &body)),
            Fault::Garbage => Ok(Response::new(Full::new(Bytes::from_static(b"{\"Item\":")))),
            Fault::After(first, request) => {
                let before = self.forward(&dynamodb(first), Bytes::from(request.to_string())).await?;
                assert_eq!(before.status(), StatusCode::OK, "{first} before {target}");
                self.forward(target, body).await
            }
        }
    }

    async fn forward(&self, target: &str, body: Bytes) -> io::Result<Response<Full<Bytes>>> {
        let upstream = if target.starts_with("secretsmanager") {
            self.secrets_manager.get().expect("Secrets Manager")
        } else {
            &self.upstream
        };
        let request = request(upstream, target, body);
        let (head, body) = self.client.request(request).await.map_err(io::Error::other)?.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Response::from_parts(head, Full::new(body)))
    }
}

/// The policies of operators. Who has the second one has the first one, too.
pub fn operators() -> BTreeMap<String, Vec<Permission>> {
    let mut policies = template().policies();
    let first = policies["OperatorPolicy"].clone();
    policies.get_mut("AdminPolicy").expect("a policy").extend(first);
    policies
}

/// DynamoDB's full name of an action.
pub fn dynamodb(action: &str) -> String {
    format!("DynamoDB_20120810.{action}")
}

/// A request to a service of AWS, from a caller that is not a function.
pub fn request(uri: &str, target: &str, body: Bytes) -> Request<Full<Bytes>> {
    // moto finds the service by the scope of the credential.
    let (service, json) =
        if target.starts_with("secretsmanager") { ("secretsmanager", "1.1") } else { ("dynamodb", "1.0") };
    let credential = format!("local/20260101/us-east-1/{service}/aws4_request");
    Request::post(uri)
        .header("content-type", format!("application/x-amz-json-{json}"))
        .header("x-amz-target", target)
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00"),
        )
        .header("x-amz-date", "20260101T000000Z")
        .body(Full::new(body))
        .expect("a request")
}

fn header<'a>(head: &'a Parts, name: &str) -> &'a str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn broken() -> io::Result<Response<Full<Bytes>>> {
    Err(io::Error::from(io::ErrorKind::ConnectionReset))
}

fn json_response(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    response.body(Full::new(Bytes::from(body.to_string()))).expect("a response")
}
