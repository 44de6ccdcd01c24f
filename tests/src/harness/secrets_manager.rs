//! The secret of the signing keys in moto, a server that speaks Secrets Manager's protocol, behind the [`Database`]'s proxy.

use std::process::Stdio;

use hyper::body::Bytes;
use latchkey::config::Environment;
use latchkey::error::Error;
use latchkey::keys::Rotation;
use latchkey::time::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::harness::latchkey::environment;
use crate::harness::proxy::request;
use crate::harness::{Database, Latchkey, root};

/// The secret's name: the logical id of the template.
const SECRET: &str = "SigningKeysSecret";

/// The Secrets Manager of one test.
pub struct SecretsManager {
    address: String,
    database: Database,
    _server: Child,
}

impl SecretsManager {
    /// Starts one with a secret of this text, beside a database.
    pub async fn start(database: &Database, text: &str) -> Self {
        let mut server = Command::new(root().join(".local/aws/bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("moto; `make test` installs it");
        let mut lines = BufReader::new(server.stderr.take().expect("a pipe")).lines();
        let address = loop {
            let line = lines.next_line().await.expect("a line").expect("moto says where it listens");
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().to_owned();
            }
        };
        // Its further lines are read by nobody, and must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        database.set_secrets_manager(format!("http://{address}/"));
        let secrets = Self { address, database: database.clone(), _server: server };
        secrets.call("CreateSecret", &json!({ "Name": SECRET, "SecretString": text })).await;
        secrets
    }

    /// Another environment of the functions, which has read the secret, with other variables than the template's.
    pub async fn latchkey(&self, variables: &[(&str, &str)]) -> Latchkey {
        let endpoint = self.database.endpoint();
        let ours = [("SIGNING_KEYS", ""), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint)];
        let mut latchkey = Latchkey::before(&self.database, &[&ours, variables].concat());
        latchkey.hash_cheaply();
        latchkey.load().await;
        latchkey
    }

    /// What the secret holds.
    pub async fn text(&self) -> String {
        let response =
            self.call("GetSecretValue", &json!({ "SecretId": SECRET, "VersionStage": "AWSCURRENT" })).await;
        response["SecretString"].as_str().expect("a text").to_owned()
    }

    /// Takes the steps of a rotation as Secrets Manager does.
    pub async fn rotate(&self, token: &str, now: i64) -> Result<(), Error> {
        for step in ["createSecret", "setSecret", "testSecret", "finishSecret"] {
            self.rotation_step(step, token, now).await?;
        }
        Ok(())
    }

    /// Takes one of them.
    pub async fn rotation_step(&self, step: &str, token: &str, now: i64) -> Result<(), Error> {
        let mut variables = environment("rotation", self.database.endpoint());
        let endpoint = self.database.endpoint().to_owned();
        variables.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), endpoint);
        let rotation = Rotation::new(&Environment::new(variables)).expect("a configuration");
        let event: rotation::Event =
            serde_json::from_value(Self::rotation_event(step, token)).expect("an event");
        rotation::handle(&rotation, &event, Timestamp::from_seconds(now)).await
    }

    /// The event of a step, as Secrets Manager sends it.
    pub fn rotation_event(step: &str, token: &str) -> Value {
        json!({ "Step": step, "SecretId": SECRET, "ClientRequestToken": token, "RotationToken": "x" })
    }

    /// Lets the secret hold something else.
    pub async fn put(&self, text: &str) {
        self.call("PutSecretValue", &json!({ "SecretId": SECRET, "SecretString": text })).await;
    }

    /// A call of an operator, around the proxy.
    async fn call(&self, action: &str, body: &Value) -> Value {
        let request = request("/", &format!("secretsmanager.{action}"), Bytes::from(body.to_string()));
        let response = local::http::send(&self.address, request).await.expect("an response");
        assert_eq!(response.status(), 200, "{action}: {response:?}");
        serde_json::from_slice(response.body()).expect("JSON")
    }
}
