//! The secret of the signing keys in moto, a server that speaks Secrets Manager's protocol, behind the [`Database`]'s proxy.

use std::process::Stdio;

use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::harness::proxy::request;
use crate::harness::{Database, Latchkey, root};

/// The secret's name: the logical id of the template.
const SECRET: &str = "SigningKeysSecret";

/// The Secrets Manager of one test.
pub struct Vault {
    address: String,
    database: Database,
    _server: Child,
}

impl Vault {
    /// Starts one with a secret of this text, beside a database.
    pub async fn start(database: &Database, text: &str) -> Self {
        let mut server = Command::new(root().join(".local/moto/bin/moto_server"))
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
        database.set_vault(format!("http://{address}/"));
        let vault = Self { address, database: database.clone(), _server: server };
        vault.call("CreateSecret", &json!({ "Name": SECRET, "SecretString": text })).await;
        vault
    }

    /// Another environment of the functions, which has read the secret.
    pub async fn latchkey(&self) -> Latchkey {
        let endpoint = self.database.endpoint();
        let variables = [("SIGNING_KEYS", ""), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint)];
        let latchkey = Latchkey::before(&self.database, &variables);
        latchkey.load().await;
        latchkey
    }

    /// Lets the secret hold something else.
    pub async fn put(&self, text: &str) {
        self.call("PutSecretValue", &json!({ "SecretId": SECRET, "SecretString": text })).await;
    }

    /// A call of an operator, around the proxy.
    async fn call(&self, action: &str, body: &Value) -> Value {
        let request = request("/", &format!("secretsmanager.{action}"), Bytes::from(body.to_string()));
        let answer = local::http::send(&self.address, request).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{action}: {answer:?}");
        serde_json::from_slice(answer.body()).expect("JSON")
    }
}
