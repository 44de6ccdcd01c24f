//! A plain HTTP client for servers on this machine.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Failure;

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
