//! `latchkey doctor`: a sound stack has no fault, and each fault of a broken one is found.

mod broken;

use std::collections::BTreeSet;

use http_body_util::Full;
use hyper::header::HeaderValue;
use hyper::{Request, Response};
use local::template::Permission;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::command::{Done, Operator};
use crate::harness::deployed::{Deployed, Gate};
use crate::harness::latchkey::keys;
use crate::harness::proxy::operators;
use crate::harness::{LocalSite, SecretsManager, template};
use crate::operator::doctor::broken::{BROKEN, UPDATED};

/// The actions of the policy with which the command looks at a stack.
pub const BY_DOCTOR: [&str; 11] = [
    "acm:DescribeCertificate",
    "cloudwatch:DescribeAlarms",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "lambda:GetEventSourceMapping",
    "secretsmanager:DescribeSecret",
    "secretsmanager:ListSecretVersionIds",
    "ses:GetAccount",
    "ses:GetEmailIdentity",
    "sns:ListSubscriptionsByTopic",
];

/// What a stack needs besides its template.
const PREPARE: &str = r#"
    aws sesv2 create-email-identity --email-identity no-reply@example.com >&2
    ARN=$(aws acm request-certificate --domain-name 127.0.0.2 --query CertificateArn --output text)
    printf '{"AlarmEmail": "ops@example.com", "MailFrom": "no-reply@example.com", "DomainName": "127.0.0.2",
        "MailIdentity": "no-reply@example.com", "CertificateArn": "%s"}' "$ARN"
"#;

/// The template in a server with APIs of AWS, the functions at a site, and the command before both.
struct Stack {
    operator: Operator,
    site: LocalSite,
    deployed: Deployed,
    gate: Gate,
    /// Where the rotation function finds its keys.
    _secrets: SecretsManager,
}

impl Stack {
    async fn start() -> Self {
        let site = LocalSite::start(&[]).await;
        let outputs = [("Issuer", &*site.origin), ("DomainTarget", "127.0.0.2")];
        let deployed = Deployed::start(PREPARE, &outputs).await;
        let operator = Operator::without_a_stack().await;
        let secrets = SecretsManager::start(&operator.latchkey.database, &keys()).await;
        let lambda = secrets.serve_lambda().await;
        let gate = Gate::start(&deployed, lambda.trim_start_matches("http://")).await;
        let operator = operator.before(&gate.url, "AdminPolicy");
        for name in ["ada1", "eve1"] {
            let email = format!("{name}@example.com");
            let create = ["user", "create", "--email", &email, "--username", name, "--no-password"];
            operator.run(&create).await.ok();
        }
        let operator = operator.before(&gate.url, "OperatorPolicy");
        gate.take_used();
        Self { operator, site, deployed, gate, _secrets: secrets }
    }

    async fn examine(&self) -> Done {
        self.operator.run(&["--json", "doctor"]).await
    }
}

/// The findings of a level: what was checked, and what is wrong with it.
fn findings(done: &Done, level: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{done:?}"));
    let findings = report["findings"].as_array().expect("findings").iter();
    let text = |finding: &Value, name: &str| finding[name].as_str().expect("text").to_owned();
    findings
        .filter(|finding| finding["level"] == level)
        .map(|finding| (text(finding, "about"), text(finding, "detail")))
        .collect()
}

#[tokio::test]
async fn a_sound_stack_has_no_finding_and_each_fault_of_a_broken_one_is_found() {
    let mut stack = Stack::start().await;
    let done = stack.examine().await;
    assert_eq!((findings(&done, "warn"), findings(&done, "fail")), (vec![], vec![]));
    assert_eq!(done.code, 0, "{done:?}");
    assert!(findings(&done, "ok").len() >= 18, "{done:?}");
    stack.uses_its_policy();

    let breaks: Vec<String> = BROKEN.iter().map(|(script, ..)| format!("{script} >&2 &")).collect();
    stack.deployed.run(&format!("{}\nfor job in $(jobs -p); do wait $job; done", breaks.join("\n"))).await;
    stack.update().await;
    let done = stack.examine().await;
    assert_eq!(done.code, 5, "{done:?}");
    let (mut fails, mut warns) = (findings(&done, "fail"), findings(&done, "warn"));
    let expected =
        BROKEN.iter().map(|(_, about, text)| (about, text)).chain(UPDATED.iter().map(|(a, b)| (a, b)));
    for (about, text) in expected {
        let (of_level, about) = match about.strip_prefix("warn: ") {
            Some(about) => (&mut warns, about),
            None => (&mut fails, *about),
        };
        let found = of_level.iter().position(|(one, detail)| one == about && detail.contains(text));
        of_level.remove(found.unwrap_or_else(|| panic!("{about}: {text} in {of_level:?}")));
    }
    assert_eq!((fails, warns), (vec![], vec![]), "nothing else is broken");
    let text = stack.operator.run(&["doctor"]).await;
    assert!(
        text.out.contains("\nFAIL  users table            point-in-time recovery is off: aws "),
        "{text:?}"
    );
    assert!(text.err.ends_with("latchkey: 20 faults\n"), "{text:?}");
}

impl Stack {
    /// It calls all that the policy allows for it, and nothing else.
    fn uses_its_policy(&self) {
        let used = self.gate.take_used();
        let allowed = operators().remove("OperatorPolicy").expect("a policy").into_iter();
        let allowed = allowed.filter(|permission| BY_DOCTOR.contains(&&*permission.action));
        let names = |resources: Vec<String>, action: &str| {
            resources.into_iter().map(|resource| (action.to_owned(), resource)).collect::<Vec<_>>()
        };
        // The gate knows the resources of the tables and of the secrets.
        let allowed = allowed.flat_map(|Permission { action, resource, .. }| {
            let tables = || template().tables().into_iter().map(|table| table.name).collect();
            match &*resource {
                Permission::ANY_TABLE => names(tables(), &action),
                _ if action.starts_with("secretsmanager:") => names(vec![resource], &action),
                _ => names(vec![String::new()], &action),
            }
        });
        let by_doctor = |(action, _): &(String, String)| BY_DOCTOR.contains(&&**action);
        assert_eq!(used.into_iter().filter(by_doctor).collect::<BTreeSet<_>>(), allowed.collect());
    }

    /// An update with another origin, version, target and limit, and one that fails.
    async fn update(&mut self) {
        let front = broken_front(self.site.origin.clone()).await;
        let done = self.deployed.update(|template, parameters| {
            template["Outputs"]["Issuer"]["Value"] = json!(front);
            template["Outputs"]["DomainTarget"]["Value"] = json!("127.0.0.3");
            template["Outputs"]["Version"]["Value"] = json!("9.9.9");
            parameters["LoginPerMinute"] = json!("0");
            parameters["LoginConcurrency"] = json!("5");
        });
        assert_eq!(done.await, "UPDATE_COMPLETE");
        let missing = json!({ "TemplateURL": format!("{}/code/missing.json", self.deployed.url()) });
        let done = self.deployed.update(|template, _| {
            template["Resources"]["Missing"] =
                json!({ "Type": "AWS::CloudFormation::Stack", "Properties": missing });
        });
        assert_eq!(done.await, "UPDATE_ROLLBACK_COMPLETE");
    }
}

/// A server before a site, on which the login fails, and whose clock is wrong.
async fn broken_front(site: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(local::http::serve(listener, move |request, _| {
        let address = site.trim_start_matches("http://").to_owned();
        async move {
            let (mut head, body) = request.into_parts();
            if head.uri.path() == "/login" {
                return Response::builder().status(502).body(Full::default()).expect("a response");
            }
            head.headers.remove("host");
            let request = Request::from_parts(head, Full::from(body));
            let response = local::http::send(&address, request).await.expect("a response");
            let (mut head, body) = response.into_parts();
            head.headers.insert("date", HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT"));
            Response::from_parts(head, Full::from(body))
        }
    }));
    origin
}
