//! `make sam-local`: `sam local start-api` runs the built functions in containers like Lambda's, with the embedded
//! database.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Stdio;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::data::Data;
use crate::stack::{self, Options};
use crate::template::Template;
use crate::{Failure, database};

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
    let (listener, address) = listen(gateway).await?;
    let path = data.database_path()?;
    let endpoint = format!("{address}{path}");
    let variables = data.write_sam_variables(&environment(options.port, &data, &endpoint)?)?;

    let port = options.port.to_string();
    let mut sam = Command::new(options.tools.join("sam"));
    sam.args(["local", "start-api", "--host", "127.0.0.1", "--port", &port, "--env-vars"])
        .arg(&variables)
        .current_dir(&options.root)
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("SAM_CLI_TELEMETRY", "0")
        .env_remove("AWS_SESSION_TOKEN");
    let mut sam = leashed(sam)?;
    let leash = sam.stdin.take();
    println!(
        "
latchkey: sam local starts at http://127.0.0.1:{port} and prints a message when it is ready
  the first request of each function takes longer, because it starts a container
  database  {endpoint}
  events    sam local invoke LoginFunction --event events/login/submit-json.json --env-vars {variables}
  stop with Ctrl-C
",
        variables = variables.display(),
    );
    let outcome = tokio::select! {
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

fn environment(port: u16, data: &Data, endpoint: &str) -> Result<String, Failure> {
    let variables = json!({
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "SIGNING_KEYS": data.signing_keys()?,
        "PUBLIC_ORIGIN": stack::origin(port),
        "LOGIN_PER_MINUTE": "0",
        "LOGIN_PER_HOUR": "0",
        "SIGNUP_PER_HOUR": "0",
    });
    Ok(serde_json::to_string_pretty(&json!({ "Parameters": variables }))?)
}
