//! Plain HTTP on this machine: a client, and a server.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;

/// The largest body that a server reads, in bytes. API Gateway reads at most 10 MB, DynamoDB 16.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Sends a request to an address like `127.0.0.1:9000`, over a connection of its own, and reads the whole response.
///
/// # Errors
/// When the connection fails, or the response is not HTTP.
pub async fn send(address: &str, mut request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Failure> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let host = address.parse()?;
    request.headers_mut().entry(hyper::header::HOST).or_insert(host);
    let (head, body) = sender.send_request(request).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

/// Serves each request with its whole body, and never returns. `respond` also gets the client's address. Its future is
/// dropped when the client closes the connection.
pub async fn serve<F>(
    listener: TcpListener,
    respond: impl Fn(Request<Bytes>, SocketAddr) -> F + Clone + Send + Sync + 'static,
) -> Infallible
where
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    loop {
        let Ok((stream, client)) = listener.accept().await else {
            // Too many open files, for example. Closed connections give some back.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let respond = respond.clone();
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let respond = respond.clone();
                async move {
                    let (head, body) = request.into_parts();
                    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
                        return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE));
                    };
                    Ok::<_, Infallible>(respond(Request::from_parts(head, body.to_bytes()), client).await)
                }
            });
            let _ = stream.set_nodelay(true);
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// A response without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
