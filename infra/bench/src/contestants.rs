//! The contestants, and the events that they get.

use std::path::{Path, PathBuf};

use local::Failure;

use crate::function::Program;
use crate::services::Services;
use crate::users::ORIGIN;

/// The functions that an account meets, and those that APIs ask.
const FUNCTIONS: [&str; 13] = [
    "authorizer",
    "signup",
    "login",
    "recovery",
    "email",
    "account",
    "logout",
    "password",
    "sessions",
    "profile",
    "token",
    "discovery",
    "mailer",
];

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
    /// A login on Node with Better Auth, and its access tokens, which it signs with `EdDSA`.
    pub better_auth: Program,
    /// The same with RS256.
    pub better_auth_rs256: Program,
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
            better_auth_rs256: on_node(
                "Node, Better Auth with RS256",
                "better-auth.mjs",
                vec![("ALG".to_owned(), "RS256".to_owned())],
            ),
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
    let programs = FUNCTIONS.map(|name| Program {
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
        ("ACCESS_TOKEN_KEYS", &services.access_token_keys),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &services.database),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &services.secrets),
        ("AWS_ENDPOINT_URL_SESV2", &services.mail),
        // Mail is on.
        ("MAILS_TABLE", "MailsTable"),
        ("MAIL_FROM", "no-reply@example.com"),
        ("PUBLIC_ORIGIN", ORIGIN),
        // Of the authorizer alone.
        ("ISSUER", ORIGIN),
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
