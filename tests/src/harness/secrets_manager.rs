//! The secret of the signing keys in moto, a server with the API of Secrets Manager, behind the proxy of [`Database`].

use std::process::Stdio;
use std::sync::Arc;

use hyper::body::Bytes;
use latchkey::config::Environment;
use latchkey::error::Error;
use latchkey::keys::Rotation;
use latchkey::time::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::harness::latchkey::environment;
use crate::harness::proxy::request;
use crate::harness::{Database, Latchkey, root};

/// The name of the secret, which is its logical id in the template.
const SECRET: &str = "SigningKeysSecret";

/// The Secrets Manager of one test.
pub struct SecretsManager {
    address: String,
    database: Database,
    _server: Child,
}

impl SecretsManager {
    /// Starts a Secrets Manager for this database, with a secret of this text.
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
            let line = lines.next_line().await.expect("a line").expect("the address of moto");
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().to_owned();
            }
        };
        // The rest of its output must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        database.set_secrets_manager(format!("http://{address}/"));
        let secrets = Self { address, database: database.clone(), _server: server };
        secrets.call("CreateSecret", &json!({ "Name": SECRET, "SecretString": text })).await;
        secrets
    }

    /// Another execution environment of the functions, which has read the secret. The variables override those of the
    /// template.
    pub async fn latchkey(&self, variables: &[(&str, &str)]) -> Latchkey {
        let endpoint = self.database.endpoint();
        let connection = [("SIGNING_KEYS", ""), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint)];
        let mut latchkey = Latchkey::before(&self.database, &[&connection, variables].concat());
        latchkey.hash_cheaply();
        latchkey.load().await;
        latchkey
    }

    /// The text of the secret.
    pub async fn text(&self) -> String {
        let response =
            self.call("GetSecretValue", &json!({ "SecretId": SECRET, "VersionStage": "AWSCURRENT" })).await;
        response["SecretString"].as_str().expect("a text").to_owned()
    }

    /// Runs the steps of a rotation, as Secrets Manager does.
    pub async fn rotate(&self, token: &str, now: i64) -> Result<(), Error> {
        for step in ["createSecret", "setSecret", "testSecret", "finishSecret"] {
            self.rotation_step(step, token, now).await?;
        }
        Ok(())
    }

    fn rotation(&self) -> Rotation {
        let mut variables = environment("rotation", self.database.endpoint());
        let endpoint = self.database.endpoint().to_owned();
        variables.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), endpoint);
        Rotation::new(&Environment::new(variables)).expect("a configuration")
    }

    /// Serves the part of Lambda's API that invokes the rotation function, and returns its URL.
    pub async fn serve_lambda(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let rotation = Arc::new(self.rotation());
        tokio::spawn(local::http::serve(listener, move |request, _| {
            let rotation = rotation.clone();
            async move {
                let event = serde_json::from_slice(request.body()).expect("an event");
                let output = rotation::handle(&rotation, &event, Timestamp::from_seconds(0)).await;
                let output = serde_json::to_vec(&output.expect("an output")).expect("JSON");
                hyper::Response::new(output.into())
            }
        }));
        url
    }

    /// Runs one step.
    pub async fn rotation_step(&self, step: &str, token: &str, now: i64) -> Result<(), Error> {
        let event: rotation::Event =
            serde_json::from_value(Self::rotation_event(step, token)).expect("an event");
        rotation::handle(&self.rotation(), &event, Timestamp::from_seconds(now)).await.map(drop)
    }

    /// Secrets Manager's event of a step.
    pub fn rotation_event(step: &str, token: &str) -> Value {
        json!({ "Step": step, "SecretId": SECRET, "ClientRequestToken": token, "RotationToken": "x" })
    }

    /// Replaces the text of the secret.
    pub async fn put(&self, text: &str) {
        self.call("PutSecretValue", &json!({ "SecretId": SECRET, "SecretString": text })).await;
    }

    /// Calls moto without the proxy, as an operator.
    async fn call(&self, action: &str, body: &Value) -> Value {
        let request = request("/", &format!("secretsmanager.{action}"), Bytes::from(body.to_string()));
        let response = local::http::send(&self.address, request).await.expect("a response");
        assert_eq!(response.status(), 200, "{action}: {response:?}");
        serde_json::from_slice(response.body()).expect("JSON")
    }
}
