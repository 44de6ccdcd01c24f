//! The servers that the functions accept as AWS. Their certificates come from Amazon's roots, or from those of the
//! system if `TRUSTED_ROOTS` says so.

use std::collections::HashMap;
use std::path::PathBuf;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::harness::latchkey::{environment, keys};
use crate::harness::{Database, https, root};

/// A Secrets Manager with a self-signed certificate.
struct Imitation {
    endpoint: String,
    certificate: PathBuf,
}

impl Imitation {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let pem = https::serve(listener, |_| async {
            let secret = json!({ "VersionId": "1", "SecretString": keys() });
            Response::new(Full::new(Bytes::from(secret.to_string())))
        });
        let certificate = root().join(format!("target/tmp/trust-{port}.pem"));
        std::fs::create_dir_all(certificate.parent().expect("a folder")).expect("a folder");
        std::fs::write(&certificate, pem).expect("a file");
        Self { endpoint: format!("https://localhost:{port}"), certificate }
    }

    /// The output of the logout function if it refuses to read its keys from this server, or none if it starts.
    async fn refusal(&self, variables: &[(&str, &str)]) -> Option<String> {
        let database = Database::start().await;
        let runtime_api = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut environment: HashMap<String, String> = environment("logout", database.endpoint());
        environment.extend(
            [
                ("SIGNING_KEYS", ""),
                ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &*self.endpoint),
                ("AWS_LAMBDA_RUNTIME_API", &runtime_api.local_addr().expect("an address").to_string()),
                ("AWS_LAMBDA_FUNCTION_NAME", "logout"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "logout"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "logout"),
            ]
            .into_iter()
            .chain(variables.iter().copied())
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let own = std::env::current_exe().expect("a path");
        let binary = own.parent().and_then(|deps| deps.parent()).expect("target/debug").join("logout");
        let function = Command::new(binary).env_clear().envs(environment).kill_on_drop(true).output();
        tokio::select! {
            output = function => {
                Some(String::from_utf8(output.expect("the function that `make test` builds").stdout).expect("UTF-8"))
            }
            connection = runtime_api.accept() => connection.map(|_| None).expect("a connection"),
        }
    }
}

#[tokio::test]
async fn a_server_is_aws_only_if_its_certificate_has_a_trusted_root() {
    let imitation = Imitation::start().await;
    let certificate = imitation.certificate.to_str().expect("UTF-8");

    for variables in [vec![], vec![("SSL_CERT_FILE", certificate)], vec![("TRUSTED_ROOTS", "system")]] {
        let refusal = imitation.refusal(&variables).await.expect("a refusal");
        assert!(refusal.contains("SIGNING_KEYS_SECRET"), "{variables:?}: {refusal}");
        assert!(refusal.contains("UnknownIssuer"), "{variables:?}: {refusal}");
    }

    let trusted = [("TRUSTED_ROOTS", "system"), ("SSL_CERT_FILE", certificate)];
    assert_eq!(imitation.refusal(&trusted).await, None);
}
