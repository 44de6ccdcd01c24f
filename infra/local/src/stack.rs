//! `make dev`: runs the database, the functions and the gateway, until the user stops it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::data::Data;
use crate::environment::{self, Endpoints};
use crate::functions::{self, Process};
use crate::gateway::Gateway;
use crate::mailbox::Mailbox;
use crate::runtime_api::{Queue, RuntimeApi};
use crate::template::Template;
use crate::{Failure, database, http, stream};

/// The time that a built function has for its first response.
const START: Duration = Duration::from_secs(30);

/// The folders and the port of the stack.
#[derive(Debug, Clone)]
pub struct Options {
    /// The root of the repository.
    pub root: PathBuf,
    /// The folder of the database and the signing key.
    pub data: PathBuf,
    /// The folder that holds `sam`, for `make sam-local`.
    pub tools: PathBuf,
    /// The port of the functions; the database and the mailbox take the next two if they are free.
    pub port: u16,
}

/// Runs the stack until a signal stops it, or one of its parts fails.
///
/// # Errors
/// When it cannot start, or one of its parts fails.
pub async fn run(options: &Options) -> Result<(), Failure> {
    let template = Template::parse(&fs::read_to_string(options.root.join("template.yaml"))?)?;
    check_port_is_free(options.port).await?;
    let data = Data::open(&options.data)?;

    let database = database::open(Some(&data.database()), &template)?;
    database::publish(&database, &data.access_token_keys()?)?;
    let path = data.secret_path()?;
    let listener = listener_after(options.port).await?;
    let mailbox_listener = listener_after(listener.local_addr()?.port()).await?;
    let endpoints = Endpoints {
        database: format!("http://{}{path}", listener.local_addr()?),
        mailbox: format!("http://{}{path}", mailbox_listener.local_addr()?),
    };
    data.write_stack(&described(options, &template, &endpoints))?;
    let mailbox = Mailbox::open(data.mailbox(), path.clone())?;
    functions::build(&options.root).await?;
    let (gateway, api, processes) = functions(options, &data, &template, &endpoints).await?;
    let (gateway, port) = (Arc::new(gateway), TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?);
    let queues = gateway.queues();
    let respond = move |request, client| {
        let gateway = gateway.clone();
        async move { gateway.respond(request, client).await }
    };
    let mut feeds = feeds(&database, &template, &queues);
    let (built, is_built) = watch::channel(());
    let mut running = JoinSet::new();
    for process in processes {
        running.spawn(process.run(is_built.clone()));
    }
    let outcome = tokio::select! {
        never = database::serve(listener, path, database.clone()) => match never {},
        never = database::sweep(database) => match never {},
        never = api.serve(queues) => match never {},
        never = http::serve(port, respond) => match never {},
        never = mailbox.serve(mailbox_listener) => match never {},
        Some(Ok(never)) = feeds.join_next() => match never {},
        never = functions::rebuild(&options.root, built) => match never {},
        Some(Ok(failure)) = running.join_next() => Err(failure),
        ready = announce(options, &template, &endpoints) => ready,
        stopped = stop_signal() => stopped,
    };
    running.shutdown().await;
    data.forget_stack();
    eprintln!("latchkey: stopped");
    outcome
}

/// What `latchkey --local` reads.
fn described(options: &Options, template: &Template, endpoints: &Endpoints) -> String {
    let tables: Vec<String> = template.tables().into_iter().map(|table| table.name).collect();
    let stack = json!({
        "url": environment::origin(options.port),
        "database": endpoints.database,
        "tables": tables,
    });
    stack.to_string()
}

/// Sends the new items of each table with a stream to the function that it invokes.
fn feeds(
    database: &Database,
    template: &Template,
    queues: &BTreeMap<String, Arc<Queue>>,
) -> JoinSet<Infallible> {
    let mut feeds = JoinSet::new();
    for function in template.functions() {
        if let (Some(table), Some(queue)) = (function.stream, queues.get(&function.name).cloned()) {
            feeds.spawn(stream::feed(database.clone(), table, move |event| {
                let queue = queue.clone();
                async move { queue.invoke("stream".to_owned(), event).await }
            }));
        }
    }
    feeds
}

/// The gateway, the Runtime API, and a process for each function.
async fn functions(
    options: &Options,
    data: &Data,
    template: &Template,
    endpoints: &Endpoints,
) -> Result<(Gateway, RuntimeApi, Vec<Process>), Failure> {
    let api = RuntimeApi::bind().await?;
    let common = environment::functions(options.port, data, endpoints)?;
    // Cargo puts the functions where it has put this program.
    let program = std::env::current_exe()?;
    let mut processes = Vec::new();
    for function in template.functions() {
        let mut environment = function.environment;
        environment.extend(common.clone());
        environment.insert("AWS_LAMBDA_RUNTIME_API".to_owned(), api.address(&function.name)?);
        environment.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), function.name.clone());
        let binary = program.with_file_name(&function.name);
        processes.push(Process { name: function.name, binary, environment, queue: Arc::default() });
    }
    let queues: BTreeMap<String, Arc<Queue>> =
        processes.iter().map(|process| (process.name.clone(), process.queue.clone())).collect();
    Ok((Gateway::new(template.functions(), Arc::new(queues)), api, processes))
}

pub(crate) async fn check_port_is_free(port: u16) -> Result<(), Failure> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(format!(
            "port {port} is taken. Stop the program that listens there, or choose another port, like \
             `make dev PORT=9100` or `make sam-local SAM_PORT=3100`"
        )
        .into()),
        Err(error) => Err(format!("port {port} cannot be used: {error}").into()),
    }
}

/// Listens on the next port, or on any other if that one is taken.
async fn listener_after(port: u16) -> Result<TcpListener, Failure> {
    let next = SocketAddr::from((Ipv4Addr::LOCALHOST, port.wrapping_add(1)));
    match TcpListener::bind(next).await {
        Ok(listener) => Ok(listener),
        Err(_) => Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?),
    }
}

/// Waits until every function responds, prints the addresses, and then never returns.
async fn announce(options: &Options, template: &Template, endpoints: &Endpoints) -> Result<(), Failure> {
    for function in template.functions() {
        let path = function.routes.iter().map(|(_, path)| path).find(|path| path.starts_with('/'));
        let starts = async {
            while let Some(path) = path
                && !responds(options.port, path).await
            {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let late = |_| format!("the function {} does not start. See its messages above", function.name);
        timeout(START, starts).await.map_err(late)?;
    }
    let tables: Vec<String> = template.tables().into_iter().map(|table| table.name).collect();
    println!(
        "
latchkey: ready at {origin}
  mailbox   {mailbox}
  database  {endpoint} (tables {tables})
  to look into it, use the AWS CLI or Node:
    export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
    aws dynamodb scan --endpoint-url {endpoint} --table-name UsersTable
    npx dynamodb-admin --dynamo-endpoint {endpoint}
  data      {data}
  stop with Ctrl-C
",
        origin = environment::origin(options.port),
        mailbox = endpoints.mailbox,
        endpoint = endpoints.database,
        tables = tables.join(", "),
        data = options.data.display(),
    );
    std::future::pending().await
}

async fn responds(port: u16, path: &str) -> bool {
    let Ok(request) = Request::get(path).body(Full::<Bytes>::default()) else { return false };
    let response = http::send(&format!("127.0.0.1:{port}"), request).await;
    response.is_ok_and(|response| !response.status().is_server_error())
}

pub(crate) async fn stop_signal() -> Result<(), Failure> {
    let (mut interrupt, mut terminate, mut hang_up) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {}, _ = hang_up.recv() => {} }
    Ok(())
}
