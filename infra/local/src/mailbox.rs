//! The mailbox: it takes the mails of the local stack in place of Amazon SES, and shows them.
//!
//! | request, below the secret path | does |
//! |---|---|
//! | `GET /` | a page with all mails, the newest first |
//! | `GET /messages/ID` | a page with one mail: text, HTML and the request to SES |
//! | `GET /messages.json` | all mails as JSON, the newest first |
//! | `DELETE /messages` | deletes all mails |
//! | `POST /next` | lets the next calls of SES fail: `{"status": 503, "code": "TooManyRequestsException", "times": 3}` |
//! | `POST /v2/email/outbound-emails` | takes a mail, as SES's `SendEmail` does |

mod messages;
mod page;

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::mailbox::messages::{Messages, text};
use crate::{Failure, guard, http};

/// The path of SES's `SendEmail`.
const SEND: &str = "/v2/email/outbound-emails";

/// The mails of the local stack. It survives a restart.
#[derive(Debug)]
pub struct Mailbox {
    /// Only who can read the data folder knows it, because a link in a mail lets its reader in.
    path: String,
    messages: Mutex<Messages>,
    faults: Mutex<Vec<Fault>>,
}

/// How the next calls of SES fail.
#[derive(Debug)]
struct Fault {
    status: StatusCode,
    code: String,
    times: u64,
}

impl Fault {
    /// The failure that a request to `/next` asks for.
    fn new(request: &Value) -> Self {
        let number = |name: &str| request.get(name).and_then(Value::as_u64);
        let status = number("status").and_then(|status| StatusCode::from_u16(status.try_into().ok()?).ok());
        Self {
            status: status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
            code: text(request, "/code").to_owned(),
            times: number("times").unwrap_or(1),
        }
    }
}

impl Mailbox {
    /// The mailbox in this file, below this path.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(file: PathBuf, path: String) -> Result<Self, Failure> {
        Ok(Self { path, messages: Mutex::new(Messages::open(file)?), faults: Mutex::default() })
    }

    /// Serves the mailbox, and never returns.
    pub async fn serve(self, listener: TcpListener) -> Infallible {
        let mailbox = Arc::new(self);
        let respond = move |request, _| {
            let mailbox = mailbox.clone();
            async move { mailbox.respond(&request) }
        };
        http::serve(listener, respond).await
    }

    fn respond(&self, request: &Request<Bytes>) -> Response<Full<Bytes>> {
        if let Some(refusal) = guard::refuse_foreign_host(request.headers()) {
            return refusal;
        }
        let Some(path) = request.uri().path().strip_prefix(&self.path) else {
            return guard::refusal(
                "latchkey: use the whole address of the mailbox, which the stack prints\n",
            );
        };
        // A page of another site does not know the path. This is for a browser that has told it.
        let is_read = request.method() == Method::GET;
        if let Some(refusal) = guard::refuse_pages(request.headers()).filter(|_| !is_read) {
            return refusal;
        }
        let body = || serde_json::from_slice::<Value>(request.body()).unwrap_or_default();
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        match (request.method().as_str(), path) {
            ("POST", SEND) => self.send(&mut messages, &body()),
            ("GET", "" | "/") => page::list(&self.path, messages.newest_first()),
            ("GET", "/messages.json") => {
                json_response(StatusCode::OK, &messages.newest_first().cloned().collect())
            }
            ("DELETE", "/messages") => done(&messages.clear()),
            ("POST", "/next") => {
                self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(Fault::new(&body()));
                http::empty(StatusCode::NO_CONTENT)
            }
            ("GET", path) => match path.strip_prefix("/messages/").and_then(|id| messages.get(id)) {
                Some(message) => page::one(&self.path, message),
                None => http::empty(StatusCode::NOT_FOUND),
            },
            _ => http::empty(StatusCode::NOT_FOUND),
        }
    }

    /// Takes a mail, or fails as `/next` has asked for.
    fn send(&self, messages: &mut Messages, request: &Value) -> Response<Full<Bytes>> {
        if let Some((status, code)) = self.fault() {
            let mut response = json_response(status, &json!({ "message": "asked for by /next" }));
            if let Ok(code) = HeaderValue::try_from(code) {
                response.headers_mut().insert("x-amzn-errortype", code);
            }
            return response;
        }
        match messages.add(request) {
            Ok(id) => json_response(StatusCode::OK, &json!({ "MessageId": id })),
            Err(error) => {
                eprintln!("latchkey: the mailbox cannot keep a mail: {error}");
                http::empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// The failure of this call, if one was asked for.
    fn fault(&self) -> Option<(StatusCode, String)> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = faults.first_mut()?;
        let (status, code) = (fault.status, fault.code.clone());
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            faults.remove(0);
        }
        Some((status, code))
    }
}

fn done(result: &Result<(), Failure>) -> Response<Full<Bytes>> {
    http::empty(if result.is_ok() { StatusCode::NO_CONTENT } else { StatusCode::INTERNAL_SERVER_ERROR })
}

fn json_response(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.to_string().into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
