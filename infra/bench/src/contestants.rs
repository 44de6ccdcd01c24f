//! The contestants, and the events that they get.

use std::path::{Path, PathBuf};

use local::Failure;
use serde_json::{Value, json};

use crate::function::Program;
use crate::services::Services;

/// The password of every user.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// All contestants.
pub(crate) struct Contestants {
    /// Latchkey's functions, by the names of their folders.
    pub latchkey: Vec<Program>,
    /// What `cargo lambda new --http` makes.
    pub hello: Program,
    /// Latchkey's profile with the default features of the SDK.
    pub defaults: Program,
    /// A profile on Node with the AWS SDK.
    pub node_sdk: Program,
    /// A login on Node with Lucia and @node-rs/argon2.
    pub lucia: Program,
    /// A login on Node with Better Auth.
    pub better_auth: Program,
    /// Only the hash of @node-rs/argon2.
    pub node_argon2: Program,
}

impl Contestants {
    pub(crate) fn new(services: &Services, node: &Path) -> Self {
        let on_node = |name, file: &str, environment| Program {
            name,
            file: node.to_owned(),
            arguments: vec![Path::new(PEERS_ON_NODE).join(file)],
            environment,
        };
        let environment = |name| environment(services, name);
        let mut defaults = environment("profile");
        defaults.push(("TRUSTED_ROOTS".to_owned(), "system".to_owned()));
        Self {
            latchkey: latchkey(services, Path::new(BUILT)),
            hello: Program { name: "hello", file: peer("hello"), arguments: vec![], environment: vec![] },
            defaults: Program {
                name: "profile, SDK's defaults",
                file: peer("defaults"),
                arguments: vec![],
                environment: defaults,
            },
            node_sdk: on_node("Node, AWS SDK", "sdk.js", environment("profile")),
            lucia: on_node("Node, Lucia", "lucia.js", environment("login")),
            better_auth: on_node("Node, Better Auth", "better-auth.mjs", vec![]),
            node_argon2: on_node("@node-rs/argon2", "argon2.js", vec![]),
        }
    }

    /// One of Latchkey's functions.
    pub(crate) fn of(&self, name: &str) -> Result<&Program, Failure> {
        of(&self.latchkey, name)
    }
}

/// The functions of Latchkey, whose binaries are in `built`.
pub(crate) fn latchkey(services: &Services, built: &Path) -> Vec<Program> {
    let programs = ["signup", "login", "logout", "profile"].map(|name| Program {
        name,
        file: built.join(name).join("bootstrap"),
        arguments: vec![],
        environment: environment(services, name),
    });
    programs.into()
}

/// The function with this name.
pub(crate) fn of<'a>(programs: &'a [Program], name: &str) -> Result<&'a Program, Failure> {
    let program = programs.iter().find(|program| program.name == name);
    program.ok_or_else(|| format!("no function is called {name}").into())
}

/// The variables of a function.
fn environment(services: &Services, name: &str) -> Vec<(String, String)> {
    let functions = services.template.functions();
    let function = functions.into_iter().find(|function| function.name == name);
    let mut variables: Vec<_> = function.into_iter().flat_map(|function| function.environment).collect();
    let own = [
        ("STACK_NAME", "bench"),
        ("SIGNING_KEYS_SECRET", "keys"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &services.database),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &services.secrets),
    ];
    variables.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    variables
}

const PEERS_ON_NODE: &str = ".local/peers";

/// The folder into which `make build` puts the functions.
pub(crate) const BUILT: &str = "target/lambda";

/// The file into which `make build` puts a function.
pub(crate) fn binary(name: &str) -> PathBuf {
    Path::new(BUILT).join(name).join("bootstrap")
}

fn peer(name: &str) -> PathBuf {
    Path::new("target/peers/lambda").join(name).join("bootstrap")
}

/// A user, who is known by a number.
pub(crate) struct User {
    username: String,
    number: usize,
}

impl User {
    pub(crate) fn new(number: usize) -> Self {
        Self { username: format!("person-{number}"), number }
    }

    pub(crate) fn sign_up(&self) -> Value {
        let email = format!("{}@example.com", self.username);
        let body = json!({ "username": self.username, "email": email, "password": PASSWORD });
        self.event("POST", "/signup", &[], Some(body))
    }

    pub(crate) fn log_in(&self, password: &str) -> Value {
        let body = json!({ "username": self.username, "password": password });
        self.event("POST", "/login", &[], Some(body))
    }

    pub(crate) fn get(&self, path: &str, cookies: &[String]) -> Value {
        self.event("GET", path, cookies, None)
    }

    pub(crate) fn log_out(&self, cookies: &[String]) -> Value {
        self.event("POST", "/logout", cookies, None)
    }

    /// The event that API Gateway would send. Each user has an address of their own.
    fn event(&self, method: &str, path: &str, cookies: &[String], body: Option<Value>) -> Value {
        let route = format!("{method} {path}");
        let domain = "abc123.execute-api.us-east-1.amazonaws.com";
        let [_, _, b, c] = u32::try_from(self.number).unwrap_or_default().to_be_bytes();
        json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": "",
            "cookies": cookies,
            "headers": {
                "accept": "*/*",
                "content-type": "application/json",
                "host": domain,
                "user-agent": "bench",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https"
            },
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "abc123",
                "domainName": domain,
                "domainPrefix": "abc123",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": format!("10.0.{b}.{c}"),
                    "userAgent": "bench"
                },
                "requestId": "JKJaXmPLvHcESHA=",
                "routeKey": route,
                "stage": "$default",
                "time": "20/Nov/2026:09:00:00 +0000",
                "timeEpoch": 1_795_165_200_000_i64
            },
            "body": body.map(|body| body.to_string()),
            "isBase64Encoded": false
        })
    }
}

/// The cookies that a response sets, as a browser sends them back.
pub(crate) fn cookies(response: &Value) -> Vec<String> {
    let cookies = response.get("cookies").and_then(Value::as_array).into_iter().flatten();
    let pair = |cookie: &Value| Some(cookie.as_str()?.split(';').next()?.to_owned());
    cookies.filter_map(pair).collect()
}
