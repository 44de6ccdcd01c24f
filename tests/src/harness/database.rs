//! An in-memory database behind a proxy that records every call, refuses what the policy of the calling
//! function does not allow, as IAM would, and can make a call fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::template;

/// A call as it went over the wire. A retry by the SDK is another call.
#[derive(Debug, Clone)]
pub struct Call {
    /// For example `GetItem`.
    pub operation: String,
    /// The request.
    pub request: Value,
}

impl Call {
    /// What IAM checks: each action with its table. A transaction is checked as what it consists of.
    fn actions(&self) -> Vec<(String, String)> {
        let named = |operation: &str, table: &Value| {
            (format!("dynamodb:{operation}"), table.as_str().unwrap_or_default().to_owned())
        };
        match self.operation.as_str() {
            "BatchGetItem" => {
                let tables = self.request["RequestItems"].as_object().into_iter().flatten();
                tables.map(|(table, _)| named("BatchGetItem", &json!(table))).collect()
            }
            "TransactWriteItems" => {
                let items = self.request["TransactItems"].as_array().into_iter().flatten();
                let items = items.filter_map(Value::as_object).flatten();
                items.map(|(kind, item)| named(&format!("{kind}Item"), &item["TableName"])).collect()
            }
            operation => vec![named(operation, &self.request["TableName"])],
        }
    }
}

/// What happens to one call instead of an answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing: the fault is for a later call.
    Pass,
    /// There is no answer at all, without end.
    Silent,
    /// It is applied, and the answer is lost: an internal error arrives in its place.
    AppliedAndLost,
    /// It is not applied; this arrives.
    Refused(u16, Value),
    /// Something else happens first: another call, by its operation and request.
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

#[derive(Debug)]
struct Proxy {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    calls: Mutex<Vec<Call>>,
    faults: Mutex<Vec<(&'static str, Fault)>>,
    /// Action and table that each function's policy allows. A caller that is no function may do everything.
    policies: BTreeMap<String, BTreeSet<(String, String)>>,
}

/// The database of one test.
#[derive(Clone)]
pub struct Database {
    tables: dynoxide::Database,
    proxy: Arc<Proxy>,
    endpoint: String,
}

impl Database {
    /// Starts an empty one with the tables of the template.
    pub async fn start() -> Self {
        let tables = local::database::open(None, template()).expect("a database");
        let upstream = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = upstream.local_addr().expect("an address");
        tokio::spawn(dynoxide::server::serve_on(upstream, tables.clone()));

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let proxy = Arc::new(Proxy {
            upstream: format!("http://{address}/"),
            client: Client::builder(TokioExecutor::new()).build_http(),
            calls: Mutex::default(),
            faults: Mutex::default(),
            policies: template()
                .functions()
                .into_iter()
                .map(|f| (f.name, f.policy.into_iter().collect()))
                .collect(),
        });
        tokio::spawn(accept(listener, proxy.clone()));
        Self { tables, proxy, endpoint }
    }

    /// Where it answers.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The calls since the last time.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.proxy.calls.lock().expect("a lock"))
    }

    /// The operations of the calls since the last time, sorted, because some are sent at once.
    pub fn take_operations(&self) -> Vec<String> {
        let mut operations: Vec<String> = self.take_calls().into_iter().map(|call| call.operation).collect();
        operations.sort();
        operations
    }

    /// Lets the next call of an operation fail. Several faults of one operation come one after the other.
    pub fn fail_next(&self, operation: &'static str, fault: Fault) {
        self.proxy.faults.lock().expect("a lock").push((operation, fault));
    }

    /// All rows of a table, as DynamoDB's JSON.
    pub fn rows(&self, table: &str) -> Vec<Value> {
        let request = serde_json::from_value(json!({ "TableName": table })).expect("a request");
        let answer = self.tables.scan(request).expect("a scan");
        let answer = serde_json::to_value(answer).expect("JSON");
        answer.pointer("/Items").and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// A session, the only one of the test.
    pub fn session(&self) -> Value {
        self.rows("SessionsTable").pop().expect("a session")
    }

    /// The key of its row.
    pub fn session_key(&self) -> Value {
        let row = self.session();
        json!({ "user_id": row["user_id"], "session_id": row["session_id"] })
    }

    /// The number of rows in the users, credentials and sessions tables.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |table| self.rows(table).len();
        (count("UsersTable"), count("CredentialsTable"), count("SessionsTable"))
    }

    /// Everything in all tables, to find that nothing was changed.
    pub fn everything(&self) -> Vec<Vec<Value>> {
        ["UsersTable", "CredentialsTable", "SessionsTable", "LimitsTable"]
            .map(|table| self.rows(table))
            .to_vec()
    }

    /// Sets attributes of a row, as an operator or another version of Latchkey might.
    pub fn set(&self, table: &str, key: Value, attributes: &Value) {
        let mut item = self.rows(table).into_iter().find(|row| contains(row, &key)).unwrap_or(key);
        for (name, value) in attributes.as_object().expect("attributes") {
            item[name] = value.clone();
        }
        let request = json!({ "TableName": table, "Item": item });
        self.tables.put_item(serde_json::from_value(request).expect("a request")).expect("a put");
    }

    /// Deletes a row.
    pub fn delete(&self, table: &str, key: &Value) {
        let request = json!({ "TableName": table, "Key": key });
        self.tables.delete_item(serde_json::from_value(request).expect("a request")).expect("a deletion");
    }
}

fn contains(row: &Value, key: &Value) -> bool {
    key.as_object().expect("a key").iter().all(|(name, value)| row.get(name) == Some(value))
}

async fn accept(listener: TcpListener, proxy: Arc<Proxy>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let proxy = proxy.clone();
        let service = service_fn(move |request| {
            let proxy = proxy.clone();
            async move { Ok::<_, hyper::Error>(proxy.answer(request).await) }
        });
        tokio::spawn(
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
        );
    }
}

impl Proxy {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.split('.').nth(1)).unwrap_or_default().to_owned();
        let call =
            Call { operation: operation.clone(), request: serde_json::from_slice(&body).expect("JSON") };
        let caller =
            head.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let caller =
            caller.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let denied = self
            .policies
            .get(caller)
            .and_then(|policy| call.actions().into_iter().find(|action| !policy.contains(action)));
        self.calls.lock().expect("a lock").push(call);
        if let Some((action, table)) = denied {
            let message = format!("{caller} is not authorized to perform {action} on {table}");
            return answer(400, &json!({ "__type": "AccessDeniedException", "message": message }));
        }

        match self.fault(&operation) {
            Some(Fault::Silent) => return std::future::pending().await,
            Some(Fault::Refused(status, body)) => return answer(status, &body),
            Some(Fault::AppliedAndLost) => {
                self.forward(&operation, body).await;
                return answer(500, &json!({ "__type": "InternalServerError", "message": "lost" }));
            }
            Some(Fault::After(first, request)) => {
                let before = self.forward(first, Bytes::from(request.to_string())).await;
                assert_eq!(before.status(), StatusCode::OK, "{first} before {operation}");
            }
            Some(Fault::Pass) | None => {}
        }
        self.forward(&operation, body).await
    }

    fn fault(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().expect("a lock");
        let position = faults.iter().position(|(wanted, _)| *wanted == operation)?;
        Some(faults.remove(position).1)
    }

    async fn forward(&self, operation: &str, body: Bytes) -> Response<Full<Bytes>> {
        let request = request(&self.upstream, operation, body);
        let (head, body) = self.client.request(request).await.expect("an answer").into_parts();
        Response::from_parts(head, Full::new(body.collect().await.expect("a body").to_bytes()))
    }
}

/// A request to DynamoDB from a caller that is no function.
pub fn request(uri: &str, operation: &str, body: Bytes) -> Request<Full<Bytes>> {
    const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, \
        SignedHeaders=host, Signature=00";
    Request::post(uri)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("authorization", AUTHORIZATION)
        .header("x-amz-date", "20260101T000000Z")
        .body(Full::new(body))
        .expect("a request")
}

fn answer(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    response.body(Full::new(Bytes::from(body.to_string()))).expect("a response")
}
