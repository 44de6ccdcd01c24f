//! The functions behind plain HTTP on this machine, for libraries that send requests of their own.

use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use tokio::net::TcpListener;

use crate::harness::{Event, Latchkey};

/// A site of one test.
pub struct LocalSite {
    pub latchkey: Arc<Latchkey>,
    /// Like `http://127.0.0.1:9000`.
    pub origin: String,
}

impl LocalSite {
    /// Starts an empty deployment on a free port. The variables override those of the template.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let variables = [variables, &[("PUBLIC_ORIGIN", &*origin)]].concat();
        let latchkey = Arc::new(Latchkey::start_with(&variables).await);
        let serving = latchkey.clone();
        tokio::spawn(local::http::serve(listener, move |request, client| {
            respond(serving.clone(), request, client)
        }));
        Self { latchkey, origin }
    }
}

async fn respond(
    latchkey: Arc<Latchkey>,
    request: Request<Bytes>,
    client: SocketAddr,
) -> Response<Full<Bytes>> {
    let event = Event::from(local::gateway::event(&request, client));
    let found = latchkey.send(&event).await;
    let mut response = Response::builder().status(u16::try_from(found.status).expect("a status"));
    for (name, value) in &found.headers {
        response = response.header(name, value);
    }
    for cookie in &found.cookies {
        response = response.header("set-cookie", cookie);
    }
    response.body(Full::from(found.body)).expect("a response")
}
