//! `make dev`: runs the database, and the functions under `cargo lambda watch`, until one of them or the user stops.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use crate::data::Data;
use crate::template::Template;
use crate::{Failure, database, http};

/// The time that a built function has for its first response.
const START: Duration = Duration::from_secs(30);

/// The folders and the port of the stack.
#[derive(Debug, Clone)]
pub struct Options {
    /// The root of the repository.
    pub root: PathBuf,
    /// The folder of the database and the signing key.
    pub data: PathBuf,
    /// The folder that holds `cargo-lambda`.
    pub tools: PathBuf,
    /// The port of the functions; the database takes the next one if it is free.
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
    let listener = database_listener(options.port).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let environment = environment(options.port, &data, &template, &endpoint)?;

    build(options).await?;
    let mut functions = watch(options, &environment)?;
    // The process group of the functions stops when its standard input ends, and `wait` would close that at once.
    let leash = functions.stdin.take();
    let outcome = tokio::select! {
        () = dynoxide::server::serve_on(listener, database.clone()) => Err("the database has stopped".into()),
        never = database::sweep(database) => match never {},
        status = functions.wait() => Err(format!("cargo lambda watch has stopped: {}", status?).into()),
        ready = announce(options, &template, &endpoint) => ready,
        stopped = stop_signal() => stopped,
    };
    drop(leash);
    functions.wait().await?;
    eprintln!("latchkey: stopped");
    outcome
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

async fn database_listener(port: u16) -> Result<TcpListener, Failure> {
    let next = SocketAddr::from((Ipv4Addr::LOCALHOST, port.wrapping_add(1)));
    match TcpListener::bind(next).await {
        Ok(listener) => Ok(listener),
        Err(_) => Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?),
    }
}

/// The variables of the functions: those of the template, and those that AWS or the operator would set.
fn environment(
    port: u16,
    data: &Data,
    template: &Template,
    endpoint: &str,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut variables: BTreeMap<String, String> =
        template.functions().into_iter().flat_map(|function| function.environment).collect();
    // From the environment of `make dev`: with these variables, developers try their branding before they deploy it.
    for name in ["APPLICATION_NAME", "ACCENT_COLOR", "LOGO"] {
        variables.extend(own(name).map(|value| (name.to_owned(), value)));
    }
    for (name, value) in [
        ("STACK_NAME", "latchkey-local"),
        ("PUBLIC_ORIGIN", &format!("http://127.0.0.1:{port}")),
        ("SIGNING_KEYS", &data.signing_keys()?),
        // No limit by address, because all requests come from one.
        ("LOGIN_PER_MINUTE", "0"),
        ("LOGIN_PER_HOUR", "0"),
        ("SIGNUP_PER_HOUR", "0"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    Ok(variables)
}

/// A variable in the environment of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "the stack passes it on to the functions, which read it in latchkey::config"
)]
fn own(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Builds the functions, so that the first request does not wait for the build. Cargo shows its progress.
async fn build(options: &Options) -> Result<(), Failure> {
    eprintln!("latchkey: building the functions (the first time takes some minutes)");
    let status = Command::new("cargo").arg("build").current_dir(&options.root).status().await?;
    if status.success() { Ok(()) } else { Err("the functions do not build. See the messages above".into()) }
}

/// Starts `cargo lambda watch`.
fn watch(options: &Options, environment: &BTreeMap<String, String>) -> Result<Child, Failure> {
    let port = options.port.to_string();
    let mut watch = Command::new(options.tools.join("cargo-lambda"));
    watch
        .args(["lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", &port, "--disable-cors"])
        .current_dir(&options.root)
        .envs(environment)
        .env_remove("AWS_SESSION_TOKEN");
    leashed(watch)
}

/// Starts a command as a process group that stops when its standard input ends. So the group stops with this process,
/// even if this process is killed.
pub(crate) fn leashed(command: Command) -> Result<Child, Failure> {
    const GROUP: &str = r#"exec 3<&0; (cat <&3 >/dev/null; kill -TERM 0) & exec "$@" 3<&- </dev/null"#;
    let command = command.into_std();
    let mut group = std::process::Command::new("sh");
    group.args(["-c", GROUP, "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => group.env(name, value),
            None => group.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        group.current_dir(folder);
    }
    let child = Command::from(group).stdin(Stdio::piped()).process_group(0).spawn();
    child.map_err(|error| format!("{} cannot be started: {error}", command.get_program().display()).into())
}

/// Waits until every function responds, prints the addresses, and then never returns.
async fn announce(options: &Options, template: &Template, endpoint: &str) -> Result<(), Failure> {
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
latchkey: ready at http://127.0.0.1:{port}
  database  {endpoint} (tables {tables})
  to look into it, use the AWS CLI or Node:
    export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
    aws dynamodb scan --endpoint-url {endpoint} --table-name UsersTable
    npx dynamodb-admin --dynamo-endpoint {endpoint}
  data      {data}
  stop with Ctrl-C
",
        port = options.port,
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
