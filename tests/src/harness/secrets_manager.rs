//! The secrets with the keys in moto, a server with the API of Secrets Manager, behind the proxy of [`Database`].

use std::sync::Arc;

use hyper::body::Bytes;
use latchkey::config::Environment;
use latchkey::error::Error;
use latchkey::time::Timestamp;
use rotation::Rotations;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::latchkey::{self as deployment, environment};
use crate::harness::moto::Moto;
use crate::harness::proxy::request;
use crate::harness::{Database, Latchkey};

/// The names of the secrets, which are their logical ids in the template.
const SIGNING_KEYS: &str = "SigningKeysSecret";
const ACCESS_TOKEN_KEYS: &str = "AccessTokenKeysSecret";

/// A secret in the Secrets Manager of one test.
pub struct SecretsManager {
    moto: Arc<Moto>,
    database: Database,
    secret: &'static str,
}

impl SecretsManager {
    /// Starts a Secrets Manager for this database, with a secret of this text.
    pub async fn start(database: &Database, text: &str) -> Self {
        let moto = Arc::new(Moto::start().await);
        database.set_secrets_manager(format!("http://{}/", moto.address));
        let secrets = Self { moto, database: database.clone(), secret: SIGNING_KEYS };
        secrets.create(text).await;
        secrets.access_token_keys().create(&deployment::ACCESS_TOKEN_KEYS).await;
        secrets
    }

    /// The secret with the private keys of access tokens.
    pub fn access_token_keys(&self) -> Self {
        Self { moto: self.moto.clone(), database: self.database.clone(), secret: ACCESS_TOKEN_KEYS }
    }

    /// The server, which also has other services of AWS.
    pub fn moto(&self) -> &Moto {
        &self.moto
    }

    async fn create(&self, text: &str) {
        self.call("CreateSecret", &json!({ "Name": self.secret, "SecretString": text })).await;
    }

    /// Another execution environment of the functions, which has read the secret. The variables override those of the
    /// template.
    pub async fn latchkey(&self, variables: &[(&str, &str)]) -> Latchkey {
        let endpoint = self.database.endpoint();
        let connection =
            [("SIGNING_KEYS", ""), ("ACCESS_TOKEN_KEYS", ""), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint)];
        let mut latchkey = Latchkey::before(&self.database, &[&connection, variables].concat());
        latchkey.hash_cheaply();
        latchkey.load().await;
        latchkey
    }

    /// The text of the secret.
    pub async fn text(&self) -> String {
        let response = self
            .call("GetSecretValue", &json!({ "SecretId": self.secret, "VersionStage": "AWSCURRENT" }))
            .await;
        response["SecretString"].as_str().expect("a text").to_owned()
    }

    /// The version with a label.
    pub async fn labelled(&self, label: &str) -> Option<String> {
        let listed = self.call("ListSecretVersionIds", &json!({ "SecretId": self.secret })).await;
        let versions = listed["Versions"].as_array().expect("versions").iter();
        let mut with = versions.filter(|version| {
            let labels = version["VersionStages"].as_array().into_iter().flatten();
            labels.into_iter().any(|one| one == label)
        });
        with.next().map(|version| version["VersionId"].as_str().expect("an id").to_owned())
    }

    /// Runs the steps of a rotation, as Secrets Manager does.
    pub async fn rotate(&self, token: &str, now: i64) -> Result<(), Error> {
        for step in ["createSecret", "setSecret", "testSecret", "finishSecret"] {
            self.rotation_step(step, token, now).await?;
        }
        Ok(())
    }

    /// The variables of the rotation function.
    pub fn environment(&self) -> Environment {
        let mut variables = environment("rotation", self.database.endpoint());
        let endpoint = self.database.endpoint().to_owned();
        variables.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), endpoint);
        Environment::new(variables)
    }

    fn rotations(&self) -> Rotations {
        Rotations::new(&self.environment()).expect("a configuration")
    }

    /// Serves the part of Lambda's API that invokes the rotation function, and returns its URL.
    pub async fn serve_lambda(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let rotation = Arc::new(self.rotations());
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
            serde_json::from_value(self.rotation_event(step, token)).expect("an event");
        rotation::handle(&self.rotations(), &event, Timestamp::from_seconds(now)).await.map(drop)
    }

    /// Secrets Manager's event of a step.
    pub fn rotation_event(&self, step: &str, token: &str) -> Value {
        json!({ "Step": step, "SecretId": self.secret, "ClientRequestToken": token, "RotationToken": "x" })
    }

    /// Replaces the text of the secret. After a rotation, moto leaves the stage with the former version, too.
    pub async fn put(&self, text: &str) {
        let current = json!({ "SecretId": self.secret, "VersionStage": "AWSCURRENT" });
        let former = self.call("GetSecretValue", &current).await["VersionId"].clone();
        self.call("PutSecretValue", &json!({ "SecretId": self.secret, "SecretString": text })).await;
        if self.call("GetSecretValue", &current).await["VersionId"] == former {
            let stage = json!({
                "SecretId": self.secret,
                "VersionStage": "AWSCURRENT",
                "RemoveFromVersionId": former,
            });
            self.call("UpdateSecretVersionStage", &stage).await;
        }
    }

    /// Calls moto without the proxy, as an operator.
    async fn call(&self, action: &str, body: &Value) -> Value {
        let request = request("/", &format!("secretsmanager.{action}"), Bytes::from(body.to_string()));
        let response = local::http::send(&self.moto.address, request).await.expect("a response");
        assert_eq!(response.status(), 200, "{action}: {response:?}");
        serde_json::from_slice(response.body()).expect("JSON")
    }
}
