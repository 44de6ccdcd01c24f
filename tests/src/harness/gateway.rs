//! An API Gateway for a local browser: HTTPS in front of the functions, and other sites.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::time::timeout;

use crate::harness::authorizer::Gate;
use crate::harness::{Event, Latchkey, Response, https};

/// The longest time that a response waits for another POST.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the browser is.
const CLIENT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 7), 443));

/// The functions behind their own public origin.
#[derive(Clone)]
pub struct Gateway {
    /// The functions.
    pub latchkey: Arc<Latchkey>,
    /// Such as `https://localhost:12345`.
    pub origin: String,
    requests: Arc<Mutex<Vec<Seen>>>,
    /// Set while the response to a POST waits for another POST.
    held: Arc<Mutex<Option<Arc<Barrier>>>>,
    /// What API Gateway asks before it calls the application, whose route is `/orders`.
    gate: Arc<Gate>,
    /// POSTs reach the functions one after the other, so that the first to arrive is the first to be done.
    turns: Arc<tokio::sync::Mutex<()>>,
}

/// A request that the browser has sent, and its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Method and path.
    pub what: String,
    /// The status of the response.
    pub status: i64,
    /// The size of its body in bytes.
    pub bytes: usize,
    /// Whether the browser has sent the session cookie.
    pub has_session: bool,
}

impl Gateway {
    /// An empty deployment, with other variables than the template's.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let variables = [variables, &[("PUBLIC_ORIGIN", &*origin)]].concat();
        let latchkey = Arc::new(Latchkey::start_with(&variables).await);
        let (requests, held, turns) = (Arc::default(), Arc::default(), Arc::default());
        let issuer = [("ISSUER", &*origin), ("PUBLIC_ORIGIN", &*origin)];
        let gate = Arc::new(Gate::start(&latchkey, &issuer));
        let gateway = Self { latchkey, origin, requests, held, gate, turns };
        let serving = gateway.clone();
        https::serve(listener, move |request| serving.clone().respond(request));
        gateway
    }

    /// The requests since the last time this was called.
    pub fn take_requests(&self) -> Vec<Seen> {
        std::mem::take(&mut self.requests.lock().expect("a lock"))
    }

    /// Holds the response to the next POST until another POST has a response.
    pub fn hold_next_post(&self) {
        *self.held.lock().expect("a lock") = Some(Arc::new(Barrier::new(2)));
    }

    async fn respond(self, request: Request<Bytes>) -> hyper::Response<Full<Bytes>> {
        let what = format!("{} {}", request.method(), request.uri().path());
        let event = Event::from(local::gateway::event(&request, CLIENT));
        let is_post = request.method() == "POST";
        let turn = if is_post { Some(self.turns.lock().await) } else { None };
        let response = if request.uri().path() == "/orders" {
            self.application(&event).await
        } else {
            self.latchkey.send(&event).await
        };
        let has_session = event.json().to_string().contains("__Host-session=");
        let seen = Seen { what, status: response.status, bytes: response.body.len(), has_session };
        self.requests.lock().expect("a lock").push(seen);
        drop(turn);
        if is_post {
            self.wait_for_another().await;
        }
        over_http(response)
    }

    /// The response of an application behind the authorizer.
    async fn application(&self, event: &Event) -> Response {
        let passes = self.gate.passes(&self.latchkey, event).await;
        let (status, body) = if passes { (200, "{}") } else { (403, r#"{"message":"Forbidden"}"#) };
        let headers = [("content-type".to_owned(), "application/json".to_owned())].into();
        Response { status, headers, cookies: vec![], body: body.to_owned() }
    }

    async fn wait_for_another(&self) {
        let held = self.held.lock().expect("a lock").clone();
        if let Some(both) = held
            && timeout(PATIENCE, both.wait()).await.expect("another POST").is_leader()
        {
            *self.held.lock().expect("a lock") = None;
        }
    }
}

fn over_http(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut sent = hyper::Response::builder().status(u16::try_from(response.status).expect("a status"));
    for (name, value) in &response.headers {
        sent = sent.header(name, value);
    }
    for cookie in &response.cookies {
        sent = sent.header("set-cookie", cookie);
    }
    sent.body(Full::new(Bytes::from(response.body))).expect("a response")
}

/// Starts another site, which shows this page at every path, and returns its port. `localhost` with this port is of the
/// same site as the gateway, but of another origin. `127.0.0.1` is another site.
pub async fn other_site(page: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    https::serve(listener, move |_| {
        let page = hyper::Response::builder()
            .header("content-type", "text/html; charset=utf-8")
            .body(page.clone().into());
        async { page.expect("a page") }
    });
    port
}
