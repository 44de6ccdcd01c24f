//! `make sam-local`: `sam local start-api` runs the built functions in containers like Lambda's, with the embedded
//! database.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Stdio;

use hyper::body::Bytes;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::data::Data;
use crate::environment::{self, Endpoints};
use crate::mailbox::Mailbox;
use crate::stack::{self, Options};
use crate::template::Template;
use crate::{Failure, database, stream};

/// Serves until a signal stops it, or one of its parts fails. `sam` is in `options.tools`.
///
/// # Errors
/// When it cannot start, or one of its parts fails.
pub async fn run(options: &Options) -> Result<(), Failure> {
    let template = Template::parse(&fs::read_to_string(options.root.join("template.yaml"))?)?;
    stack::check_port_is_free(options.port).await?;
    let gateway = gateway().await?;
    let data = Data::open(&options.data)?;
    let database = database::open(Some(&data.database()), &template)?;
    database::publish(&database, &data.access_token_keys()?)?;
    let (listener, address) = listen(gateway).await?;
    let (mailbox_listener, mailbox_address) = listen(gateway).await?;
    let path = data.secret_path()?;
    let endpoint = format!("{address}{path}");
    let endpoints = Endpoints { database: endpoint.clone(), mailbox: format!("{mailbox_address}{path}") };
    let mailbox = Mailbox::open(data.mailbox(), path.clone())?;
    let mailbox_url = format!("http://{}{path}", mailbox_listener.local_addr()?);
    let variables = data.write_sam_variables(&variables(options.port, &data, &endpoints)?)?;

    let port = options.port.to_string();
    let command = |arguments: &[&str]| sam_local(options, arguments, &variables);
    let feed = stream::feed(database.clone(), "MailsTable".to_owned(), |event| {
        invoke(command(&["invoke", "MailerFunction", "--event", "-"]), event)
    });
    let mut sam = leashed(command(&["start-api", "--host", "127.0.0.1", "--port", &port]))?;
    let leash = sam.stdin.take();
    println!(
        "
latchkey: sam local starts at http://127.0.0.1:{port} and prints a message when it is ready
  the first request of each function takes longer, because it starts a container
  mailbox   {mailbox_url}
  database  {endpoint}
  events    sam local invoke LoginFunction --event events/login/submit-json.json --env-vars {variables}
  stop with Ctrl-C
",
        variables = variables.display(),
    );
    let outcome = tokio::select! {
        never = mailbox.serve(mailbox_listener) => match never {},
        never = feed => match never {},
        never = database::serve(listener, path, database.clone()) => match never {},
        never = database::sweep(database) => match never {},
        status = sam.wait() => Err(format!("sam local has stopped: {}", status?).into()),
        stopped = stack::stop_signal() => stopped,
    };
    drop(leash);
    sam.wait().await?;
    eprintln!("latchkey: stopped");
    outcome
}

/// `sam local` with these arguments and this file of variables.
fn sam_local(options: &Options, arguments: &[&str], variables: &Path) -> Command {
    let mut sam = Command::new(options.tools.join("sam"));
    sam.arg("local").args(arguments).arg("--env-vars").arg(variables).current_dir(&options.root);
    sam.env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("SAM_CLI_TELEMETRY", "0")
        .env_remove("AWS_SESSION_TOKEN");
    sam
}

/// Starts a command as a process group that stops when its standard input ends. So the group stops with this process,
/// even if this process is killed.
fn leashed(command: Command) -> Result<Child, Failure> {
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

/// The gateway of the network of Docker's containers; none when Docker prints none. With Docker Desktop, this machine
/// does not have that address, because the containers run in a virtual machine.
async fn gateway() -> Result<Option<IpAddr>, Failure> {
    const NO_ENGINE: &str =
        "sam local needs Docker, and no Docker engine responds. Install and start Docker, then try again";
    let inspect =
        ["network", "inspect", "bridge", "--format", "{{range .IPAM.Config}}{{.Gateway}} {{.Subnet}}{{end}}"];
    let output =
        Command::new("docker").args(inspect).stdin(Stdio::null()).stderr(Stdio::null()).output().await;
    let output = output.ok().filter(|output| output.status.success()).ok_or(NO_ENGINE)?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let gateway = printed.split_whitespace().find_map(|word| word.parse().ok());
    // If the network has no gateway of its own, the engine uses the first address of the subnet.
    let subnet = || printed.trim().split_once('/')?.0.parse::<Ipv4Addr>().ok();
    Ok(gateway.or_else(|| Some(Ipv4Addr::from_bits(subnet()?.to_bits() + 1).into())))
}

/// Listens on an address to which only this machine and its containers can connect, and returns the containers' URL.
async fn listen(gateway: Option<IpAddr>) -> Result<(TcpListener, String), Failure> {
    if let Some(gateway) = gateway
        && let Ok(listener) = TcpListener::bind((gateway, 0)).await
    {
        let endpoint = format!("http://{}", listener.local_addr()?);
        return Ok((listener, endpoint));
    }
    // Docker Desktop forwards this name to the loopback address.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let endpoint = format!("http://host.docker.internal:{}", listener.local_addr()?.port());
    Ok((listener, endpoint))
}

/// The variables of all functions, as `sam local` reads them.
fn variables(port: u16, data: &Data, endpoints: &Endpoints) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(&json!({ "Parameters": environment::local(port, data, endpoints)? }))?)
}

/// Calls the mailer in a container, and returns its output.
async fn invoke(mut sam: Command, event: Bytes) -> Option<Bytes> {
    sam.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut sam = sam.spawn().ok()?;
    sam.stdin.take()?.write_all(&event).await.ok()?;
    let output = sam.wait_with_output().await.ok().filter(|output| output.status.success())?;
    Some(output.stdout.into())
}
