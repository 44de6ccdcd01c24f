//! The embedded database with the tables of the template.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode, Uri};
use latchkey::keys::PrivateKeys;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::template::Template;
use crate::{Failure, data, guard, http};

/// The time between two deletions of expired items. DynamoDB may take days, so no code relies on a deletion.
const SWEEP: Duration = Duration::from_mins(1);

/// Opens the database in a file, or in memory, and creates the tables that are missing.
///
/// # Errors
/// When the file cannot be opened, or a table cannot be created.
pub fn open(file: Option<&Path>, template: &Template) -> Result<Database, Failure> {
    let database = match file {
        // SQLite gives its other files the mode of this one.
        Some(file) => {
            data::private(file)?;
            Database::new(file.to_str().ok_or("the path of the database is not UTF-8")?)?
        }
        None => Database::memory()?,
    };
    let existing = database.list_tables(serde_json::from_value(json!({}))?)?.table_names;
    for table in template.tables() {
        if existing.contains(&table.name) {
            continue;
        }
        database.create_table(serde_json::from_value(table.create)?)?;
        if let Some(attribute) = table.time_to_live {
            let specification = json!({ "AttributeName": attribute, "Enabled": true });
            let update = json!({ "TableName": table.name, "TimeToLiveSpecification": specification });
            database.update_time_to_live(serde_json::from_value(update)?)?;
        }
    }
    Ok(database)
}

/// Publishes the public keys of access tokens, as the rotation does on AWS.
///
/// # Errors
/// When the keys are malformed, or the item cannot be written.
pub fn publish(database: &Database, access_token_keys: &str) -> Result<(), Failure> {
    let keys = PrivateKeys::parse(access_token_keys).ok_or("the keys of access tokens are malformed")?;
    let public = keys.public().into_iter().map(|(kid, key)| {
        let signs_from = key.signs_from.as_seconds().to_string();
        (kid, json!({ "M": { "n": { "S": key.n }, "e": { "S": key.e }, "signs_from": { "N": signs_from } } }))
    });
    let public: Map<String, Value> = public.collect();
    let item = json!({ "set": { "S": "access" }, "keys": { "M": public } });
    database.put_item(serde_json::from_value(json!({ "TableName": "KeysTable", "Item": item }))?)?;
    Ok(())
}

/// Serves the database under a secret path, but not to web pages, and never returns.
pub async fn serve(listener: TcpListener, path: String, database: Database) -> Infallible {
    let path = Arc::new(path);
    http::serve(listener, move |request, _| respond(database.clone(), path.clone(), request)).await
}

async fn respond(
    database: Database,
    path: Arc<String>,
    mut request: Request<Bytes>,
) -> Response<Full<Bytes>> {
    if let Some(refusal) = guard::refuse_pages(request.headers()) {
        return refusal;
    }
    if request.uri().path().trim_end_matches('/') != *path {
        return guard::refusal("latchkey: use the whole address of the database, which the stack prints\n");
    }
    *request.uri_mut() = Uri::from_static("/");
    match forward(database, request.map(Full::new)).await {
        Ok(response) => response.map(Full::new),
        Err(error) => {
            eprintln!("latchkey: the database does not respond: {error}");
            http::empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// The database's own server responds to every web page. So it listens on a port of its own only until it has responded
/// to this request.
async fn forward(database: Database, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::select! {
        () = dynoxide::server::serve_on(listener, database) => Err("it has stopped".into()),
        response = http::send(&address, request) => response,
    }
}

/// Deletes expired items once a minute, and never returns.
pub async fn sweep(database: Database) -> Infallible {
    loop {
        tokio::time::sleep(SWEEP).await;
        if let Err(error) = database.sweep_ttl() {
            eprintln!("latchkey: the database could not delete expired items: {error}");
        }
    }
}
