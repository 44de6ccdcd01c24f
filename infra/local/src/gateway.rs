//! API Gateway on this machine: it makes an event of each HTTP request (payload format 2.0), sends it to the function
//! of the route, and makes an HTTP response of what the function returns.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::guard;
use crate::runtime_api::Queue;
use crate::template::Function;

/// API Gateway waits this long for a function.
const PATIENCE: Duration = Duration::from_secs(30);
/// The path under which Lambda's own API invokes a function.
const INVOKE: (&str, &str) = ("/2015-03-31/functions/", "/invocations");

/// The routes, and the functions behind them.
#[derive(Debug)]
pub struct Gateway {
    functions: Vec<Function>,
    queues: Arc<BTreeMap<String, Arc<Queue>>>,
    requests: AtomicU64,
}

impl Gateway {
    /// The routes of these functions, whose events go into these queues.
    #[must_use]
    pub fn new(functions: Vec<Function>, queues: Arc<BTreeMap<String, Arc<Queue>>>) -> Self {
        Self { functions, queues, requests: AtomicU64::new(0) }
    }

    /// The queues of the functions, by name.
    #[must_use]
    pub fn queues(&self) -> Arc<BTreeMap<String, Arc<Queue>>> {
        self.queues.clone()
    }

    /// Responds to a request. `POST /2015-03-31/functions/NAME/invocations` sends the body as an event to a function,
    /// like Lambda's API, but not for a web page.
    pub async fn respond(&self, request: Request<Bytes>, client: SocketAddr) -> Response<Full<Bytes>> {
        if let Some(refusal) = guard::refuse_foreign_host(request.headers()) {
            return refusal;
        }
        let path = request.uri().path();
        if let Some(name) = path.strip_prefix(INVOKE.0).and_then(|rest| rest.strip_suffix(INVOKE.1)) {
            if let Some(refusal) = guard::refuse_pages(request.headers()) {
                return refusal;
            }
            return match self.invoke(name, request.body().clone()).await {
                Ok(output) => with_type(Response::new(output.into()), "application/json"),
                Err(status) => failed(status),
            };
        }
        let event = event(&request, client);
        let route = find(&self.functions, request.method().as_str(), &decoded(path));
        let Some(function) = route else { return failed(StatusCode::NOT_FOUND) };
        match self.invoke(&function.name, event.to_string().into()).await {
            Ok(output) => response(&output).unwrap_or_else(|| failed(StatusCode::INTERNAL_SERVER_ERROR)),
            Err(status) => failed(status),
        }
    }

    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, StatusCode> {
        let queue = self.queues.get(function).ok_or(StatusCode::NOT_FOUND)?;
        // In the form of Lambda's ids.
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let id = format!("00000000-0000-4000-8000-{}", HEXLOWER.encode(&number.to_be_bytes()[2..]));
        match timeout(PATIENCE, queue.invoke(id, event)).await {
            Ok(output) => output.ok_or(StatusCode::INTERNAL_SERVER_ERROR),
            Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// The function of a request: by method and path, then by path with any method, then the one of `$default`.
fn find<'a>(functions: &'a [Function], method: &str, path: &str) -> Option<&'a Function> {
    [(method, path), ("ANY", path), ("ANY", "$default")].into_iter().find_map(|route| {
        functions
            .iter()
            .find(|function| function.routes.iter().any(|(m, p)| (m.as_str(), p.as_str()) == route))
    })
}

/// The event of a request. API Gateway decodes the path, joins headers of one name with commas, moves the cookies out
/// of the headers, and encodes what is not text with base64. Forms are not text to it.
#[must_use]
pub fn event(request: &Request<Bytes>, client: SocketAddr) -> Value {
    let header = |name| request.headers().get(name).map(text).unwrap_or_default();
    let path = decoded(request.uri().path());
    let host = header(HOST);
    let domain = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    let is_form = header(CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
    let plain = std::str::from_utf8(request.body()).ok().filter(|_| !is_form);
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.uri().query().unwrap_or_default(),
        "headers": headers(request.headers()),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain,
            "http": {
                "method": request.method().as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": client.ip().to_string(),
                "userAgent": header(hyper::header::USER_AGENT),
            },
            "requestId": "local",
            "routeKey": "$default",
            "stage": "$default",
        },
        "isBase64Encoded": plain.is_none(),
    });
    let cookies: Vec<String> = request
        .headers()
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| text(header).split(';').map(|pair| pair.trim().to_owned()).collect::<Vec<_>>())
        .collect();
    if let Some(event) = event.as_object_mut() {
        if !cookies.is_empty() {
            event.insert("cookies".to_owned(), json!(cookies));
        }
        if !request.body().is_empty() {
            let body = plain.map_or_else(|| BASE64.encode(request.body()), str::to_owned);
            event.insert("body".to_owned(), json!(body));
        }
    }
    event
}

fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let joined = |name| headers.get_all(name).iter().map(text).collect::<Vec<_>>().join(",");
    let names = headers.keys().filter(|name| **name != COOKIE);
    names.map(|name| (name.as_str().to_owned(), json!(joined(name)))).collect()
}

/// The value of a header. Bytes that are not UTF-8 are replaced.
fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// The HTTP response of what a function has returned. `None` if that is no response.
#[must_use]
pub fn response(output: &[u8]) -> Option<Response<Full<Bytes>>> {
    let output: Value = serde_json::from_slice(output).ok()?;
    let status = u16::try_from(output.get("statusCode")?.as_u64()?).ok()?;
    let mut response = Response::builder().status(status);
    for (name, value) in output.get("headers").and_then(Value::as_object).into_iter().flatten() {
        response = response.header(name, value.as_str()?);
    }
    for cookie in output.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        response = response.header("set-cookie", cookie.as_str()?);
    }
    let body = output.get("body").and_then(Value::as_str).unwrap_or_default();
    let body = match output.get("isBase64Encoded").and_then(Value::as_bool) {
        Some(true) => BASE64.decode(body.as_bytes()).ok()?,
        _ => body.as_bytes().to_vec(),
    };
    response.body(Full::new(body.into())).ok()
}

/// What API Gateway responds by itself.
fn failed(status: StatusCode) -> Response<Full<Bytes>> {
    let message = json!({ "message": status.canonical_reason() });
    let mut response = Response::new(Full::new(message.to_string().into()));
    *response.status_mut() = status;
    with_type(response, "application/json")
}

fn with_type(mut response: Response<Full<Bytes>>, content_type: &'static str) -> Response<Full<Bytes>> {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
