//! What stands between the functions and the database: it records every call, refuses what the policy of the
//! calling function does not allow, as IAM would, and lets calls fail in every way that calls can.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::harness::template;

/// A call as it went over the wire. A retry by the SDK is another call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The function that made it.
    pub caller: String,
    /// What it does: `BatchGetItem`, or with a table `GetItem users`. The updates of the limiter, of which several are
    /// sent at once, have names of their own: `count failure`, `release failure`, `take slot`, `release slot`.
    pub operation: String,
    /// The service, as IAM calls it.
    service: &'static str,
    /// The service's name of it.
    action: String,
    /// The request.
    pub request: Value,
}

impl Call {
    fn new(caller: &str, target: &str, body: &[u8]) -> Self {
        let (service, action) = target.split_once('.').expect("a target");
        let service = if service == "secretsmanager" { "secretsmanager" } else { "dynamodb" };
        let request: Value = serde_json::from_slice(body).expect("JSON");
        let table = request["TableName"].as_str().map(|name| name.trim_end_matches("Table").to_lowercase());
        let update = request["UpdateExpression"].as_str().unwrap_or_default();
        let operation = match table.as_deref() {
            Some("limits") if update.contains("empty_at -") => "release slot".to_owned(),
            Some("limits") if update.contains("empty_at") => "take slot".to_owned(),
            Some("limits") if update.contains("failures -") => "release failure".to_owned(),
            Some("limits") if update.contains("failures") => "count failure".to_owned(),
            Some(table) => format!("{action} {table}"),
            None => action.to_owned(),
        };
        Self { caller: caller.to_owned(), operation, service, action: action.to_owned(), request }
    }

    /// What IAM checks: each action with its table. A transaction is checked as what it consists of.
    pub fn actions(&self) -> Vec<(String, String)> {
        let named = |action: &str, table: &Value| {
            (format!("{}:{action}", self.service), table.as_str().unwrap_or_default().to_owned())
        };
        match self.action.as_str() {
            "BatchGetItem" => {
                let tables = self.request["RequestItems"].as_object().into_iter().flatten();
                tables.map(|(table, _)| named("BatchGetItem", &json!(table))).collect()
            }
            "TransactWriteItems" => {
                let items = self.request["TransactItems"].as_array().into_iter().flatten();
                let items = items.filter_map(Value::as_object).flatten();
                items.map(|(kind, item)| named(&format!("{kind}Item"), &item["TableName"])).collect()
            }
            action if self.service == "secretsmanager" => vec![named(action, &self.request["SecretId"])],
            action => vec![named(action, &self.request["TableName"])],
        }
    }
}

/// What happens to a call instead of a response.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is not applied, and there is no response, without end.
    Silent,
    /// It is applied, and there is no response, without end.
    AppliedAndSilent,
    /// It is not applied, and the connection breaks.
    Broken,
    /// It is applied, and the connection breaks.
    AppliedAndBroken,
    /// It is applied, and an internal error arrives in the place of the response.
    AppliedAndLost,
    /// It is not applied; this arrives.
    Refused(u16, Value),
    /// It is not applied; what arrives is no JSON.
    Garbage,
    /// Something else happens first: another call, by DynamoDB's name and its request.
    After(&'static str, Value),
}

impl Fault {
    /// An error as DynamoDB writes it.
    pub fn error(status: u16, code: &str) -> Self {
        Self::Refused(
            status,
            json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": code }),
        )
    }

    /// A cancelled transaction with these reasons.
    pub fn cancelled(reasons: &[&str]) -> Self {
        let reasons: Vec<Value> = reasons.iter().map(|code| json!({ "Code": code })).collect();
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        Self::Refused(400, json!({ "__type": kind, "message": "cancelled", "CancellationReasons": reasons }))
    }
}

/// A fault that waits for its call.
#[derive(Debug)]
pub struct Scripted {
    pub operation: &'static str,
    pub fault: Fault,
    /// It happens to every call, not to one.
    pub lasts: bool,
}

#[derive(Debug)]
pub struct Proxy {
    upstream: String,
    /// Where Secrets Manager is, in the tests that have one.
    secrets: OnceLock<String>,
    client: Client<HttpConnector, Full<Bytes>>,
    calls: Mutex<Vec<Call>>,
    pub faults: Mutex<Vec<Scripted>>,
    /// The operations that may be applied next, one after the other; all others pass.
    order: Mutex<VecDeque<&'static str>>,
    /// Held by the one of them that is being applied.
    applying: tokio::sync::Mutex<()>,
    turn: Notify,
    /// Action and table that each function's policy allows. A caller that is no function may do everything.
    policies: BTreeMap<String, BTreeSet<(String, String)>>,
}

impl Proxy {
    /// A proxy in front of a database.
    pub fn new(upstream: String) -> Self {
        let policies = template().functions().into_iter();
        Self {
            upstream,
            secrets: OnceLock::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            calls: Mutex::default(),
            faults: Mutex::default(),
            order: Mutex::default(),
            applying: tokio::sync::Mutex::default(),
            turn: Notify::new(),
            policies: policies
                .map(|function| (function.name, function.policy.into_iter().collect()))
                .collect(),
        }
    }

    /// Serves without end.
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

    /// Lets the calls to Secrets Manager go to this server.
    pub fn set_secrets_manager(&self, uri: String) {
        self.secrets.set(uri).expect("one secrets");
    }

    /// The calls since the last time.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().expect("a lock"))
    }

    /// Lets these operations be applied in this order only: each waits until those before it have been.
    pub fn set_order(&self, order: &[&'static str]) {
        *self.order.lock().expect("a lock") = order.iter().copied().collect();
    }

    /// What of the order has not come to pass.
    pub fn remaining_order(&self) -> Vec<&'static str> {
        self.order.lock().expect("a lock").iter().copied().collect()
    }

    /// Waits for the turn of an operation; it ends when the guard is dropped.
    async fn await_turn(&self, operation: &str) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        loop {
            let changed = self.turn.notified();
            let applying = self.applying.lock().await;
            {
                let mut order = self.order.lock().expect("a lock");
                if !order.contains(&operation) {
                    return None;
                }
                if order.front().is_some_and(|first| *first == operation) {
                    order.pop_front();
                    return Some(applying);
                }
            }
            drop(applying);
            changed.await;
        }
    }

    async fn respond(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let broken = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
        let (head, body) = request.into_parts();
        // A client that has given up takes its connection with it.
        let Ok(body) = body.collect().await else { return broken() };
        let body = body.to_bytes();
        let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let target = header("x-amz-target").to_owned();
        let caller = header("authorization").split("Credential=").nth(1);
        let caller = caller.and_then(|rest| rest.split('/').next()).unwrap_or_default();

        let call = Call::new(caller, &target, &body);
        let operation = call.operation.clone();
        let fault = self.fault(&operation);
        let denied = self
            .policies
            .get(caller)
            .and_then(|policy| call.actions().into_iter().find(|action| !policy.contains(action)));
        self.calls.lock().expect("a lock").push(call);
        if let Some((action, table)) = denied {
            let message = format!("{caller} is not authorized to perform {action} on {table}");
            return Ok(json_response(400, &json!({ "__type": "AccessDeniedException", "message": message })));
        }
        if let Some(Fault::AppliedAndSilent | Fault::AppliedAndBroken | Fault::AppliedAndLost) = fault {
            self.forward(&target, body.clone()).await?;
        }
        match fault {
            Some(Fault::Silent | Fault::AppliedAndSilent) => pending().await,
            Some(Fault::Broken | Fault::AppliedAndBroken) => broken(),
            Some(Fault::AppliedAndLost) => {
                Ok(json_response(500, &json!({ "__type": "InternalServerError", "message": "lost" })))
            }
            Some(Fault::Refused(status, body)) => Ok(json_response(status, &body)),
            Some(Fault::Garbage) => Ok(Response::new(Full::new(Bytes::from_static(b"{\"Item\":")))),
            Some(Fault::After(first, request)) => {
                let before = self.forward(&dynamodb(first), Bytes::from(request.to_string())).await?;
                assert_eq!(before.status(), StatusCode::OK, "{first} before {target}");
                self.forward(&target, body).await
            }
            None => {
                let turn = self.await_turn(&operation).await;
                let response = self.forward(&target, body).await;
                drop(turn);
                self.turn.notify_waiters();
                response
            }
        }
    }

    fn fault(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().expect("a lock");
        let position = faults.iter().position(|scripted| scripted.operation == operation)?;
        if faults[position].lasts {
            Some(faults[position].fault.clone())
        } else {
            Some(faults.remove(position).fault)
        }
    }

    async fn forward(&self, target: &str, body: Bytes) -> io::Result<Response<Full<Bytes>>> {
        let is_of_vault = target.starts_with("secretsmanager");
        let upstream = if is_of_vault { self.secrets.get().expect("a secrets") } else { &self.upstream };
        let request = request(upstream, target, body);
        let (head, body) = self.client.request(request).await.map_err(io::Error::other)?.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Response::from_parts(head, Full::new(body)))
    }
}

/// DynamoDB's full name of an action.
pub fn dynamodb(action: &str) -> String {
    format!("DynamoDB_20120810.{action}")
}

/// A request to a service of AWS from a caller that is no function.
pub fn request(uri: &str, target: &str, body: Bytes) -> Request<Full<Bytes>> {
    // moto goes by the scope of the credential.
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

fn json_response(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    response.body(Full::new(Bytes::from(body.to_string()))).expect("a response")
}
