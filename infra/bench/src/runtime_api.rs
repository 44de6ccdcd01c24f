//! Lambda's Runtime API for one function, on loopback:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Method, Request, Response};
use local::Failure;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};

/// A moment in which the function waits for the Runtime API. It waits until this is dropped, so that the bench can read
/// the function's clock.
pub(crate) struct Moment {
    /// The function's response; none when it asks for the next event.
    pub response: Option<Bytes>,
    _held: oneshot::Sender<()>,
}

/// The API of one function.
pub(crate) struct RuntimeApi {
    /// For `AWS_LAMBDA_RUNTIME_API`.
    pub address: String,
    events: mpsc::UnboundedSender<Value>,
    moments: mpsc::UnboundedReceiver<Moment>,
}

struct Shared {
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    moments: mpsc::UnboundedSender<Moment>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (events, receiver) = mpsc::unbounded_channel();
        let (sender, moments) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { events: Mutex::new(receiver), moments: sender });
        tokio::spawn(local::http::serve(listener, move |request, _| respond(shared.clone(), request)));
        Ok(Self { address, events, moments })
    }

    pub(crate) fn send(&self, event: Value) -> Result<(), Failure> {
        Ok(self.events.send(event)?)
    }

    /// The next moment; none when the Runtime API has stopped.
    pub(crate) async fn moment(&mut self) -> Option<Moment> {
        self.moments.recv().await
    }
}

async fn respond(shared: Arc<Shared>, request: Request<Bytes>) -> Response<Full<Bytes>> {
    let is_next = request.method() == Method::GET;
    let body = request.into_body();
    let (held, dropped) = oneshot::channel();
    // Sending fails only when the bench is about to stop the function.
    let _ = shared.moments.send(Moment { response: (!is_next).then_some(body), _held: held });
    let _ = dropped.await;
    let response = Response::builder();
    let response = if is_next {
        let event = shared.events.lock().await.recv().await.unwrap_or_default();
        response
            .header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            .header("Lambda-Runtime-Deadline-Ms", "4102444800000")
            .header(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:us-east-1:123456789012:function:bench",
            )
            .body(Full::new(Bytes::from(event.to_string())))
    } else {
        response.status(202).body(Full::default())
    };
    response.unwrap_or_default()
}
