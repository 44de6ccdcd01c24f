//! The template, deployed into a server with APIs of AWS, behind a gate that refuses what the caller's policy does not
//! allow.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use local::template::{Permission, yaml};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::harness::ministack::Ministack;
use crate::harness::proxy::{Call, operators};
use crate::harness::{root, template};

/// A stack of one test.
pub struct Deployed {
    ministack: Ministack,
    template: Value,
    nested: Value,
    parameters: Value,
    /// The outputs of the stack.
    pub outputs: Value,
}

impl Deployed {
    /// Starts a server, and prepares it with a shell script, which prints the parameters as JSON. Then it deploys the
    /// template, with these outputs in place of its own.
    pub async fn start(prepare: &str, outputs: &[(&str, &str)]) -> Self {
        let nested = std::fs::read_to_string(root().join("infra/monitoring.yaml")).expect("a template");
        let mut template = template().json().clone();
        for (name, value) in outputs {
            template["Outputs"][name]["Value"] = json!(value);
        }
        let mut deployed = Self {
            ministack: Ministack::start().await,
            template,
            nested: yaml(&nested).expect("YAML"),
            parameters: Value::Null,
            outputs: json!({}),
        };
        deployed.parameters = serde_json::from_str(&deployed.run(prepare).await).expect("JSON");
        let done = deployed.deploy("create").await;
        assert_eq!(done["status"], "CREATE_COMPLETE", "{done}");
        deployed.outputs = done["outputs"].clone();
        deployed
    }

    /// Updates the stack, after a change of its template or of its parameters; its status.
    pub async fn update(&mut self, change: impl FnOnce(&mut Value, &mut Value)) -> String {
        change(&mut self.template, &mut self.parameters);
        self.deploy("update").await["status"].as_str().expect("a status").to_owned()
    }

    async fn deploy(&self, verb: &str) -> Value {
        let input = json!({
            "template": self.template,
            "nested": self.nested,
            "parameters": self.parameters,
        });
        let mut python = Command::new(root().join(".local/aws/bin/python"))
            .arg(root().join("tests/clients/deploy.py"))
            .args([&self.url(), verb])
            .envs([
                ("AWS_ACCESS_KEY_ID", "deployer"),
                ("AWS_SECRET_ACCESS_KEY", "deployer"),
                ("AWS_DEFAULT_REGION", "us-east-1"),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python; `make test` installs it");
        let mut stdin = python.stdin.take().expect("a pipe");
        stdin.write_all(input.to_string().as_bytes()).await.expect("an input");
        drop(stdin);
        let output = python.wait_with_output().await.expect("an end");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// The URL of the server.
    pub fn url(&self) -> String {
        format!("http://{}", self.ministack.address)
    }

    /// Runs a shell script with the AWS CLI as an operator of the account. The outputs of the stack are its variables.
    pub async fn run(&self, script: &str) -> String {
        let outputs = self.outputs.as_object().expect("outputs").iter();
        let outputs: Vec<(&str, &str)> =
            outputs.map(|(name, value)| (&**name, value.as_str().expect("text"))).collect();
        crate::harness::operator::run(crate::harness::operator::BASH, script, &self.url(), &outputs).await
    }
}

/// A proxy in front of the server of a deployed stack.
pub struct Gate {
    pub url: String,
    used: Arc<Mutex<BTreeSet<(String, String)>>>,
}

impl Gate {
    /// Serves until the test ends. A caller has the policy that its access key names. The rotation function is at this
    /// address, because the server runs no functions.
    pub async fn start(deployed: &Deployed, rotation: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (used, upstream) =
            (Arc::<Mutex<BTreeSet<(String, String)>>>::default(), deployed.ministack.address.clone());
        let (recorded, rotation) = (used.clone(), rotation.to_owned());
        tokio::spawn(local::http::serve(listener, move |request, _| {
            let recorded = recorded.clone();
            let (upstream, rotation) = (upstream.clone(), rotation.clone());
            async move {
                let action = Action::of(&request);
                if !action.is_allowed() {
                    let message = json!({ "__type": "AccessDeniedException", "message": action.name });
                    let refused = Response::builder().status(400).header("content-type", "application/json");
                    return refused.body(Full::from(message.to_string())).expect("a response");
                }
                let upstream = if action.name == "lambda:InvokeFunction" { rotation } else { upstream };
                recorded.lock().expect("a lock").extend(action.used());
                let (mut head, body) = request.into_parts();
                head.headers.remove("host");
                let request = Request::from_parts(head, Full::from(body));
                let (head, body) =
                    local::http::send(&upstream, request).await.expect("a response").into_parts();
                Response::from_parts(head, Full::from(body))
            }
        }));
        Self { url, used }
    }

    /// The actions and, where the template names them, the resources since the last time this was called.
    pub fn take_used(&self) -> BTreeSet<(String, String)> {
        std::mem::take(&mut self.used.lock().expect("a lock"))
    }
}

/// A call, as IAM sees it.
struct Action {
    /// Like `cloudwatch:DescribeAlarms`.
    name: String,
    policy: Vec<Permission>,
    /// The same, where the harness also knows resources and attributes.
    call: Option<Call>,
}

impl Action {
    fn of(request: &Request<Bytes>) -> Self {
        let header = |name: &str| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let credential = header("authorization").split("Credential=").nth(1).expect("a signature");
        let mut scope = credential.split('/');
        let caller = scope.next().expect("a key");
        let service = match scope.nth(2).expect("a service") {
            "monitoring" => "cloudwatch",
            service => service,
        };
        let body = String::from_utf8_lossy(request.body());
        let path = request.uri().path();
        let in_form = || body.split('&').find_map(|field| field.strip_prefix("Action="));
        let action = match (service, header("x-amz-target").split_once('.')) {
            (_, Some((_, action))) => action,
            ("ses", None) if path == "/v2/email/account" => "GetAccount",
            ("ses", None) => "GetEmailIdentity",
            ("lambda", None) if path.contains("event-source-mappings") => "GetEventSourceMapping",
            ("lambda", None) => "InvokeFunction",
            (_, None) => in_form().or_else(|| path.rsplit('/').next()).expect("an action"),
        };
        let name = format!("{service}:{}", action.rsplit('.').next().expect("a name"));
        let policy = operators().remove(caller).unwrap_or_default();
        let call = ["dynamodb", "secretsmanager"]
            .contains(&service)
            .then(|| Call::new(caller, header("x-amz-target"), logical(&body).as_bytes()));
        Self { name, policy, call }
    }

    fn used(self) -> Vec<(String, String)> {
        match self.call {
            Some(call) => call.actions().into_iter().map(|action| (action.name, action.resource)).collect(),
            None => vec![(self.name, String::new())],
        }
    }

    fn is_allowed(&self) -> bool {
        if let Some(call) = &self.call {
            call.actions().iter().all(|action| action.is_allowed(&self.policy))
        } else {
            let mut allowed = self.policy.iter().map(|permission| &*permission.action);
            // Everyone may ask who they are.
            self.name.starts_with("sts:") || allowed.any(|allowed| allowed == self.name)
        }
    }
}

/// A request in which the name of each resource is its logical id: `UsersTable` for `latchkey-UsersTable-1A2B3C`.
fn logical(body: &str) -> String {
    let mut parts = body.split("latchkey-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (name, rest) = part.split_once('-').unwrap_or((part, ""));
        format!("{text}{name}{}", rest.trim_start_matches(|one: char| one.is_ascii_alphanumeric()))
    })
}
