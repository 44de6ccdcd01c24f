//! Lambda's Runtime API, through which each function gets its events:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::BASE64URL_NOPAD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::http::{self, empty};
use crate::{Failure, guard};

/// The events of one function: those that wait for its process, and those that the process works on.
#[derive(Debug)]
pub struct Queue {
    sender: mpsc::UnboundedSender<Invocation>,
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    begun: Mutex<HashMap<String, oneshot::Sender<Bytes>>>,
}

#[derive(Debug)]
struct Invocation {
    id: String,
    event: Bytes,
    response: oneshot::Sender<Bytes>,
}

impl Default for Queue {
    fn default() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, waiting: tokio::sync::Mutex::new(receiver), begun: Mutex::default() }
    }
}

impl Queue {
    /// Sends the function an event, and waits for its response. `None` if the function fails.
    pub async fn invoke(&self, id: String, event: Bytes) -> Option<Bytes> {
        let (response, responded) = oneshot::channel();
        self.sender.send(Invocation { id, event, response }).ok()?;
        responded.await.ok()
    }

    /// Fails the events that the process was working on when it ended.
    pub fn fail_begun(&self) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn next(&self) -> Option<Response<Full<Bytes>>> {
        let Invocation { id, event, response } = self.waiting.lock().await.recv().await?;
        let next = Response::builder()
            .header("Lambda-Runtime-Aws-Request-Id", &id)
            .header("Lambda-Runtime-Deadline-Ms", "4102444800000")
            .header(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:us-east-1:123456789012:function:local",
            )
            .body(Full::new(event));
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(id, response);
        next.ok()
    }

    /// Ends an event with its response, or without one as failed.
    fn end(&self, id: &str, response: Option<Bytes>) {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if let (Some(begun), Some(response)) = (begun, response) {
            // No one waits any more if the client's request has timed out.
            let _ = begun.send(response);
        }
    }
}

/// The Runtime API of all functions.
#[derive(Debug)]
pub struct RuntimeApi {
    listener: TcpListener,
    /// A path that only the functions know, so that no other program of this machine takes their events.
    secret: String,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback address.
    ///
    /// # Errors
    /// When there is none.
    pub async fn bind() -> Result<Self, Failure> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Self { listener, secret: BASE64URL_NOPAD.encode(&secret) })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API` for a function.
    ///
    /// # Errors
    /// When the socket has no address.
    pub fn address(&self, function: &str) -> Result<String, Failure> {
        Ok(format!("http://{}/{}/{function}", self.listener.local_addr()?, self.secret))
    }

    /// Serves these functions, and never returns.
    pub async fn serve(self, queues: Arc<BTreeMap<String, Arc<Queue>>>) -> Infallible {
        let secret = Arc::new(self.secret);
        http::serve(self.listener, move |request, _| respond(queues.clone(), secret.clone(), request)).await
    }
}

async fn respond(
    queues: Arc<BTreeMap<String, Arc<Queue>>>,
    secret: Arc<String>,
    request: Request<Bytes>,
) -> Response<Full<Bytes>> {
    if let Some(refusal) = guard::refuse_pages(request.headers()) {
        return refusal;
    }
    let path: Vec<&str> = request.uri().path().split('/').skip(1).collect();
    let (queue, rest) = match path.as_slice() {
        [sent, function, "2018-06-01", "runtime", rest @ ..] if *sent == *secret => {
            (queues.get(*function), rest)
        }
        _ => (None, [].as_slice()),
    };
    match (queue, rest) {
        (Some(queue), ["invocation", "next"]) => {
            queue.next().await.unwrap_or_else(|| empty(StatusCode::INTERNAL_SERVER_ERROR))
        }
        (Some(queue), ["invocation", id, "response"]) => {
            queue.end(id, Some(request.body().clone()));
            empty(StatusCode::ACCEPTED)
        }
        (Some(queue), ["invocation", id, "error"]) => {
            eprintln!("latchkey: a function failed: {}", String::from_utf8_lossy(request.body()));
            queue.end(id, None);
            empty(StatusCode::ACCEPTED)
        }
        (Some(_), ["init", "error"]) => empty(StatusCode::ACCEPTED),
        _ => empty(StatusCode::NOT_FOUND),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;

    /// Waits until a process asks for an event of the queue, or until none does.
    async fn until_asked(queue: &Queue, is_asked: bool) {
        let waiting = async {
            while queue.waiting.try_lock().is_err() != is_asked {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(10), waiting).await.unwrap();
    }

    #[tokio::test]
    async fn a_process_that_ends_takes_no_event_with_it() {
        let api = RuntimeApi::bind().await.unwrap();
        let url = format!("{}/2018-06-01/runtime/invocation/next", api.address("f").unwrap());
        let (host, _) = url.trim_start_matches("http://").split_once('/').unwrap();
        let queue: Arc<Queue> = Arc::default();
        tokio::spawn(api.serve(Arc::new(BTreeMap::from([("f".to_owned(), queue.clone())]))));

        let mut process = TcpStream::connect(host).await.unwrap();
        let next = format!("GET {url} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        process.write_all(next.as_bytes()).await.unwrap();
        until_asked(&queue, true).await;
        drop(process);
        until_asked(&queue, false).await;

        let request = Request::get(&url).body(Full::default()).unwrap();
        let invoked = tokio::spawn(async move { queue.invoke("1".to_owned(), "{}".into()).await });
        let event = timeout(Duration::from_secs(10), http::send(host, request)).await.unwrap().unwrap();
        assert_eq!(event.body(), "{}");
        invoked.abort();
    }
}
