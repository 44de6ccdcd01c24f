//! The mailer and the mailbox: they take the way of a mail, from the item of the mails table to its reader.

use std::sync::atomic::{AtomicU32, Ordering};

use hyper::Request;
use hyper::body::Bytes;
use latchkey::config::Environment;
use latchkey::time::Timestamp;
use local::mailbox::Mailbox;
use local::stream::Stream;
use mailer::Mailer;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::latchkey::environment;
use crate::harness::{Database, Latchkey};

/// The variable that turns mail on, as in all tests but those that turn it off.
pub const ON: (&str, &str) = ("MAILS_TABLE", "MailsTable");
/// The variable that turns mail off.
pub const OFF: (&str, &str) = ("MAILS_TABLE", "");
/// The origin of the links.
const ORIGIN: &str = "https://id.example.com";
/// The variables without which the mailer does not start.
pub const SETTINGS: [(&str, &str); 2] = [("MAIL_FROM", "no-reply@example.com"), ("PUBLIC_ORIGIN", ORIGIN)];

/// The mailer, the stream that calls it, and the mailbox in place of SES.
pub struct Post {
    pub mailer: Mailer,
    stream: Stream,
    address: String,
}

impl Post {
    /// The mailer of a deployment. The variables override those of the template.
    pub async fn start(database: &Database, variables: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("latchkey-mailbox-{}-{number}.json", std::process::id());
        let mailbox = Mailbox::open(std::env::temp_dir().join(name), String::new()).expect("a mailbox");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(mailbox.serve(listener));

        let endpoint = format!("http://{address}");
        let mut environment = environment("mailer", database.endpoint());
        let settings = [("AWS_ENDPOINT_URL_SESV2", &*endpoint)];
        environment.extend(settings.iter().chain(variables).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let mailer = Mailer::new(&Environment::new(environment)).expect("a configuration");
        let post = Self { mailer, stream: database.stream("MailsTable"), address };
        post.call("DELETE", "/messages", &Value::Null).await;
        post
    }

    /// The records of the mails that were asked for since the last time this was called.
    pub fn records(&mut self) -> Vec<Value> {
        self.stream.new_items().expect("a stream")
    }

    /// Calls the mailer with a batch, as Lambda does, and returns its output.
    pub async fn invoke(&self, latchkey: &Latchkey, records: &[Value]) -> Value {
        let event = serde_json::from_value(json!({ "Records": records })).expect("an event");
        let now = Timestamp::from_seconds(latchkey.now());
        serde_json::to_value(mailer::handle(&self.mailer, &event, now).await).expect("JSON")
    }

    /// Sends what was asked for since the last time, and returns all new mails, the oldest first.
    pub async fn deliver(&mut self, latchkey: &Latchkey) -> Vec<Value> {
        let records = self.records();
        let report = self.invoke(latchkey, &records).await;
        assert_eq!(report, json!({ "batchItemFailures": [] }));
        self.take().await
    }

    /// The mails in the mailbox since the last time this was called, the oldest first.
    pub async fn take(&self) -> Vec<Value> {
        let mails = self.call("GET", "/messages.json", &Value::Null).await;
        self.call("DELETE", "/messages", &Value::Null).await;
        let mut mails = mails.as_array().cloned().expect("a list");
        mails.reverse();
        mails
    }

    /// Lets the next calls of SES fail.
    pub async fn fail_next(&self, status: u16, code: &str, times: u32) {
        self.call("POST", "/next", &json!({ "status": status, "code": code, "times": times })).await;
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request::builder().method(method).uri(path).body(Bytes::from(body.to_string()).into());
        let response =
            local::http::send(&self.address, request.expect("a request")).await.expect("a response");
        assert!(response.status().is_success(), "{response:?}");
        serde_json::from_slice(response.body()).unwrap_or_default()
    }
}

/// The first mail of a kind.
pub fn of_kind<'a>(mails: &'a [Value], kind: &str) -> &'a Value {
    mails.iter().find(|mail| mail["kind"] == kind).unwrap_or_else(|| panic!("{kind}: {mails:?}"))
}

/// The token of the only link in a mail.
pub fn token(mail: &Value) -> String {
    link(mail).split_once("?token=").expect("a token").1.to_owned()
}

/// The path and the query of the only link in a mail.
pub fn link(mail: &Value) -> String {
    let links = mail["links"].as_array().expect("links");
    let [link] = links.as_slice() else { panic!("one link: {mail}") };
    let link = link.as_str().expect("a link");
    assert!(mail["html"].as_str().expect("HTML").contains(&format!("href=\"{link}\"")), "{mail}");
    link.strip_prefix(ORIGIN).unwrap_or_else(|| panic!("{link}")).to_owned()
}
