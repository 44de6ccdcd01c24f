//! An HTTPS server with a self-signed certificate.

use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Serves until the test ends, and returns the certificate for `localhost` as PEM.
pub fn serve<F>(
    listener: TcpListener,
    respond: impl Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
) -> String
where
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let settings =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(settings.expect("settings")));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let (acceptor, respond) = (acceptor.clone(), respond.clone());
            tokio::spawn(async move {
                // A client that does not trust the certificate closes the connection.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(|request: Request<Incoming>| async {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    // Lambda runs a request to its end, even if the client has closed the connection.
                    let response = tokio::spawn(respond(Request::from_parts(head, body)));
                    Ok::<_, hyper::Error>(response.await.expect("no panic"))
                });
                let _ = Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    cert.pem()
}
