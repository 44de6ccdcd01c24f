//! The services that the functions call: a database with the template's tables, and a Secrets Manager with one secret.

use std::path::Path;

use dynoxide::Database;
use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use local::Failure;
use local::template::Template;
use serde_json::json;
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
}

impl Services {
    /// Starts them for the template in `root`.
    pub(crate) async fn start(root: &Path) -> Result<Self, Failure> {
        let template = Template::parse(&std::fs::read_to_string(root.join("template.yaml"))?)?;
        let store = local::database::open(None, &template)?;
        let (listener, secrets) = (listen().await?, listen().await?);
        let (database_url, secrets_url) = (url(&listener)?, url(&secrets)?);
        tokio::spawn(dynoxide::server::serve_on(listener, store.clone()));
        tokio::spawn(local::http::serve(secrets, |_, _| std::future::ready(secret())));
        Ok(Self { template, store, database: database_url, secrets: secrets_url })
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
