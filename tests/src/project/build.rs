//! What `make build` has built, as it would be deployed: run by `make emulate` under AWS's own Lambda Runtime Interface
//! Emulator, with the events of `events/`, in front of a database and a Secrets Manager.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::edge::events::files;
use crate::functions::Functions;
use crate::harness::latchkey::{environment, keys};
use crate::harness::moto::Moto;
use crate::harness::{Database, SecretsManager, free_port, root, site_package, template};

/// The functions of the template: the folder that SAM packs for each, and its name.
fn functions() -> Vec<(PathBuf, String)> {
    let resources = template().json()["Resources"].as_object().expect("resources");
    let functions = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    functions
        .map(|(id, resource)| {
            let name = resource["Metadata"]["BuildProperties"]["Binary"].as_str().expect("a name");
            (root().join(".aws-sam/build").join(id), name.to_owned())
        })
        .collect()
}

/// The standard output of a program, which must succeed.
async fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().await.expect(program);
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
#[ignore = "`make emulate` builds what it looks at"]
async fn what_sam_packs_is_one_small_binary_that_amazon_linux_can_run() {
    for (folder, name) in functions() {
        let packed: Vec<_> = std::fs::read_dir(&folder).expect("make build").collect();
        assert_eq!(packed.len(), 1, "{packed:?}");
        let bootstrap = folder.join("bootstrap");
        let path = bootstrap.to_str().expect("UTF-8");
        // Amazon Linux 2023 has glibc 2.34.
        let symbols = output("readelf", &["--version-info", path]).await;
        let versions =
            symbols.split("GLIBC_").skip(1).filter_map(|rest| rest.split_once(char::is_whitespace));
        let minor = |version: &str| version.strip_prefix("2.")?.split('.').next()?.parse::<u32>().ok();
        let newest = versions.filter_map(|(version, _)| minor(version)).max().expect("a version");
        assert!(newest <= 34, "{name} needs GLIBC_2.{newest}");
        let zipped = local::package::zipped(&bootstrap).expect("an archive");
        let size = std::fs::metadata(&bootstrap).expect("a file").len();
        println!("{name}: {size} bytes, zipped {zipped}, GLIBC_2.{newest}");
        assert!(zipped < 5_000_000, "{name}: {zipped}");
    }
}

#[tokio::test]
#[ignore = "`make emulate` builds what it packs"]
async fn the_aws_cli_packages_what_sam_has_built() {
    let moto = Moto::start().await;
    // The workflow runs the second command. Without a file for it, the template is printed.
    let packaged = moto
        .run(
            "aws s3api create-bucket --bucket artifacts > /dev/null
            aws cloudformation package --template-file .aws-sam/build/template.yaml --s3-bucket artifacts",
        )
        .await;
    let packaged = local::template::yaml(&packaged).expect("YAML");
    let resources = packaged["Resources"].as_object().expect("resources");
    let local = |uri: &Value| !uri.as_str().is_some_and(|uri| uri.contains("/artifacts/"));
    let codes: Vec<&Value> =
        resources.values().filter_map(|resource| resource["Properties"].get("CodeUri")).collect();
    assert_eq!(codes.len(), functions().len());
    assert!(!codes.into_iter().any(local), "the code of every function is uploaded: {packaged}");
    assert!(!local(&resources["Watching"]["Properties"]["TemplateURL"]), "and so is the nested template");
}

/// The emulator, which comes with the SAM CLI.
fn emulator() -> PathBuf {
    site_package("lint", "samcli/local/rapid/aws-lambda-rie-x86_64").expect("make lint")
}

/// A function under the emulator.
struct Emulated {
    address: String,
    _process: Child,
}

impl Emulated {
    async fn start(folder: &Path, name: &str, endpoint: &str) -> Self {
        let (address, runtime) =
            (format!("127.0.0.1:{}", free_port().await), format!("127.0.0.1:{}", free_port().await));
        let mut variables = environment(name, endpoint);
        variables.insert("SIGNING_KEYS".to_owned(), String::new());
        variables.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), endpoint.to_owned());
        let process = Command::new(emulator())
            .args(["--runtime-interface-emulator-address", &address, "--runtime-api-address", &runtime])
            .arg(folder.join("bootstrap"))
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the emulator");
        while tokio::net::TcpStream::connect(&address).await.is_err() {
            tokio::task::yield_now().await;
        }
        Self { address, _process: process }
    }

    async fn invoke(&self, event: &Value) -> Value {
        let request = Request::post("/2015-03-31/functions/function/invocations");
        let request = request.body(Full::new(Bytes::from(event.to_string()))).expect("a request");
        let answer = local::http::send(&self.address, request).await.expect("an answer");
        serde_json::from_slice(answer.body()).unwrap_or_else(|_| panic!("no JSON: {answer:?}"))
    }
}

#[tokio::test]
#[ignore = "`make emulate` builds what it runs"]
async fn every_function_responds_to_its_events_under_the_emulator() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    for (folder, name) in functions() {
        let function = Emulated::start(&folder, &name, database.endpoint()).await;
        if name == "rotation" {
            for step in ["create-secret", "set-secret", "test-secret", "finish-secret"] {
                assert_eq!(function.invoke(&files(&name)[step]).await, Value::Null, "{step}");
            }
            let text: Value = serde_json::from_str(&secrets.text().await).expect("keys");
            assert_eq!(text.as_object().expect("keys").len(), 3, "two keys, and the secret of the counters");
            continue;
        }
        if name == "mailer" {
            let report = function.invoke(&files(&name)["nothing"]).await;
            assert_eq!(report, json!({ "batchItemFailures": [] }));
            assert_eq!(database.take_operations(), ["GetItem mails"]);
            continue;
        }
        if name == "authorizer" {
            for (event, request) in files(&name) {
                assert_eq!(function.invoke(&request).await, json!({ "isAuthorized": false }), "{event}");
            }
            let calls = database.take_operations();
            assert_eq!(calls, ["BatchGetItem", "GetItem keys", "GetSecretValue"], "of the start alone");
            continue;
        }
        // Before any request: the keys, and the connection to the database.
        let home = files("profile")["home"].clone();
        function.invoke(&home).await;
        let calls = database.take_operations();
        let reads_keys = calls.contains(&"GetSecretValue".to_owned());
        assert_eq!(reads_keys, name != "discovery", "{name}: {calls:?}");
        let warm = ["BatchGetItem", "DeleteItem sessions", "GetItem keys", "GetItem proofs"];
        assert!(calls.iter().any(|call| warm.contains(&&**call)), "{name}: {calls:?}");
        let (_, events) =
            Functions::EVENTS.iter().find(|(function, _)| *function == name).expect("its events");
        for (event, status, content) in *events {
            database.clear();
            let answer = function.invoke(&files(&name)[*event]).await;
            assert_eq!(answer["statusCode"], json!(status), "{event}: {answer}");
            assert!(answer["body"].as_str().unwrap_or_default().contains(content), "{event}: {answer}");
        }
        println!("{name}: {} events", events.len());
        assert!(!events.is_empty(), "{name}");
    }
}
