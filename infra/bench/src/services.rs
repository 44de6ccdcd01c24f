//! The services that the functions call: a database with the template's tables, a Secrets Manager with one secret, and
//! an SES that keeps the text of the last mail.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use dynoxide::Database;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use latchkey::time::Timestamp;
use local::Failure;
use local::stream::Stream;
use local::template::Template;
use rotation::access_tokens;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Servers on loopback, which run until the process ends.
pub(crate) struct Services {
    pub template: Template,
    /// The database, for direct access.
    pub store: Database,
    /// The URL of the database.
    pub database: String,
    /// The URL of Secrets Manager.
    pub secrets: String,
    /// The URL of SES.
    pub mail: String,
    /// The private keys of access tokens.
    pub access_token_keys: String,
    last_mail: Arc<Mutex<String>>,
    mails: Mutex<Stream>,
}

impl Services {
    /// Starts them for the template in `root`.
    pub(crate) async fn start(root: &Path) -> Result<Self, Failure> {
        let template = Template::parse(&std::fs::read_to_string(root.join("template.yaml"))?)?;
        let store = local::database::open(None, &template)?;
        let first = access_tokens::first(Timestamp::from_seconds(0));
        let access_token_keys = first.map_err(|error| error.to_string())?;
        local::database::publish(&store, &access_token_keys)?;
        let (listener, secrets, mail) = (listen().await?, listen().await?, listen().await?);
        let (database_url, secrets_url, mail_url) = (url(&listener)?, url(&secrets)?, url(&mail)?);
        let last_mail = Arc::new(Mutex::new(String::new()));
        let last = last_mail.clone();
        tokio::spawn(dynoxide::server::serve_on(listener, store.clone()));
        tokio::spawn(local::http::serve(secrets, |_, _| std::future::ready(secret())));
        tokio::spawn(local::http::serve(mail, move |request, _| std::future::ready(take(&request, &last))));
        let mails = Mutex::new(Stream::new(store.clone(), "MailsTable".to_owned()));
        Ok(Self {
            template,
            store,
            database: database_url,
            secrets: secrets_url,
            mail: mail_url,
            access_token_keys,
            last_mail,
            mails,
        })
    }

    /// The events with which Lambda calls the mailer, one for each mail since the last time this was called.
    pub(crate) fn mails(&self) -> Result<Vec<Value>, Failure> {
        let new = self.mails.lock().unwrap_or_else(PoisonError::into_inner).new_items()?;
        Ok(new.into_iter().map(|item| json!({ "Records": [item] })).collect())
    }

    /// The secret of the link in the last mail.
    pub(crate) fn token(&self) -> Result<String, Failure> {
        let text = self.last_mail.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, rest) = text.split_once("?token=").ok_or("the last mail has no link with a token")?;
        Ok(rest.split_whitespace().next().unwrap_or_default().to_owned())
    }
}

async fn listen() -> Result<TcpListener, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0").await?)
}

fn url(listener: &TcpListener) -> Result<String, Failure> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// The response of Secrets Manager to every request.
fn secret() -> Response<Full<Bytes>> {
    // A key that signs nothing outside the bench.
    let keys = json!({ "0": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc" });
    let secret = json!({ "VersionId": "1", "SecretString": keys.to_string() });
    Response::new(Full::new(Bytes::from(secret.to_string())))
}

/// The response of SES, which keeps the text of the mail.
fn take(request: &Request<Bytes>, last_mail: &Mutex<String>) -> Response<Full<Bytes>> {
    let mail: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let text = mail.pointer("/Content/Simple/Body/Text/Data").and_then(Value::as_str).unwrap_or_default();
    text.clone_into(&mut last_mail.lock().unwrap_or_else(PoisonError::into_inner));
    Response::new(Full::new(Bytes::from(json!({ "MessageId": "1" }).to_string())))
}
