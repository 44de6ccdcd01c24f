//! Least privilege: each function may do what it does, and nothing else.
//!
//! In all tests a call that the policy of the calling function does not allow is refused, as IAM would. Here
//! every call is made at least once, and a policy that allows more than that is found.

mod everything;
mod forgery;
mod operators;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};

use latchkey::account::Identifier;
use latchkey::aws::Aws;
use latchkey::config::Environment;
use latchkey::time::Timestamp;
use local::template::Permission;
use serde_json::{Value, json};

use crate::harness::latchkey::environment;
use crate::harness::{Database, template};

/// Function, action, resource.
type Allowed = BTreeSet<(String, String, String)>;

/// What the roles of the template allow, but for logs and streams, which Lambda itself writes and reads in a function's
/// name, and for mail, which has a test of its own. With the attributes, where a condition lists them.
fn allowed() -> BTreeMap<(String, String, String), Option<BTreeSet<String>>> {
    let mut allowed = BTreeMap::new();
    for function in template().functions() {
        let by_lambda = ["Stream", "GetRecords", "GetShardIterator"];
        let is_own = |permission: &Permission| {
            !["logs:", "ses:"].iter().any(|service| permission.action.starts_with(service))
                && !by_lambda.iter().any(|name| permission.action.contains(name))
        };
        for permission in function.policy.into_iter().filter(is_own) {
            let key = (function.name.clone(), permission.action, permission.resource);
            allowed.insert(key, permission.attributes);
        }
    }
    allowed
}

#[tokio::test]
async fn each_function_may_do_what_it_does_and_nothing_else() {
    let database = Database::start().await;
    everything::happen(&database).await;
    let allowed_attributes = allowed();
    let allowed: Allowed = allowed_attributes.keys().cloned().collect();
    let (mut used, mut attributes) = (Allowed::new(), BTreeMap::<_, BTreeSet<String>>::new());
    for call in database.take_calls() {
        for action in call.actions() {
            let key = (call.caller.clone(), action.name, action.resource);
            attributes.entry(key.clone()).or_default().extend(action.attributes);
            used.insert(key);
        }
    }
    let unused: Vec<_> = allowed.difference(&used).collect();
    let forbidden: Vec<_> = used.difference(&allowed).collect();
    assert!(
        unused.is_empty() && forbidden.is_empty(),
        "allowed and not used {unused:?}, used and not allowed {forbidden:?}"
    );
    let conditions = allowed_attributes.into_iter().filter_map(|(key, names)| Some((key, names?)));
    let conditions: Vec<_> = conditions.collect();
    assert_eq!(
        conditions.len(),
        16,
        "three of recovery and sessions, two of three others, one of login, mailer, profile and token"
    );
    for (key, names) in conditions {
        assert_eq!(Some(&names), attributes.get(&key), "{key:?}");
    }
}

#[tokio::test]
async fn only_who_verifies_or_copies_a_hash_reads_one() {
    let database = Database::start().await;
    let identifier = Identifier::parse("ada1").expect("an identifier");
    for function in template().functions() {
        let mut variables = environment(&function.name, database.endpoint());
        variables.insert("CREDENTIALS_TABLE".to_owned(), "CredentialsTable".to_owned());
        let environment = Environment::new(variables);
        let client = latchkey::store::client(&Aws::from_environment(&environment).expect("AWS"));
        let credentials = latchkey::store::Credentials::new(&client, &environment).expect("a table");
        let name = &*function.name;
        let may_read = credentials.get(&identifier).await.is_ok();
        assert_eq!(may_read, ["account", "email", "login", "password"].contains(&name), "{name}");
        let may_find = credentials.ownership(&identifier, Timestamp::now()).await.is_ok();
        assert_eq!(may_find, may_read || name == "mailer", "{name}");
        let of_table = || function.policy.iter().filter(|allowed| allowed.resource == "CredentialsTable");
        let reaches = ["account", "email", "login", "mailer", "password", "recovery", "sessions", "signup"]
            .contains(&name);
        assert_eq!(of_table().count() > 0, reaches, "{name}");
        // A write could return what it finds.
        if !may_read {
            let mut writes = of_table().filter(|allowed| allowed.action == "dynamodb:UpdateItem");
            let returns = |allowed: &Permission| allowed.members.get("dynamodb:ReturnValues").cloned();
            assert!(writes.all(|write| returns(write).as_deref() == Some("NONE")), "{name}");
        }
    }
}

/// The only policy that several roles share. X-Ray has no resources that a statement could name.
fn tracing_policy(roles: &BTreeSet<&str>) -> Value {
    let roles: Vec<Value> = roles.iter().map(|role| json!({ "Ref": role })).collect();
    let statement = json!({
        "Effect": "Allow",
        "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        "Resource": "*",
    });
    json!({
        "Type": "AWS::IAM::ManagedPolicy",
        "Condition": "Traces",
        "Properties": {
            "PolicyDocument": { "Version": "2012-10-17", "Statement": [statement] },
            "Roles": roles,
        },
    })
}

/// The statement by which the mailer may send: from one address, with one identity and one configuration set.
fn ses_statement() -> Value {
    let arn = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}";
    let domain = json!({ "Fn::Select": [1, { "Fn::Split": ["@", { "Ref": "MailFrom" }] }] });
    let identity = json!({ "Fn::If": ["HasMailIdentity", { "Ref": "MailIdentity" }, domain] });
    json!({
        "Effect": "Allow",
        "Action": "ses:SendEmail",
        "Resource": [
            { "Fn::Sub": [format!("{arn}:identity/${{Identity}}"), { "Identity": identity }] },
            { "Fn::Sub": format!("{arn}:configuration-set/${{MailSettings}}") },
        ],
        "Condition": { "StringEquals": { "ses:FromAddress": { "Ref": "MailFrom" } } },
    })
}

/// A statement has exact actions on one resource of the template, and perhaps a condition on attributes.
fn check_statement(statement: &Value) {
    let resources = template().json()["Resources"].as_object().expect("resources");
    assert_eq!(statement["Effect"], "Allow");
    let mut members = statement.as_object().expect("a statement").clone();
    if let Some(mut condition) = members.remove("Condition") {
        let names = condition["ForAllValues:StringEquals"]["dynamodb:Attributes"].take();
        assert!(names.as_array().is_some_and(|names| !names.is_empty()), "{statement}");
        // What a read selects, or what a write returns.
        let members =
            condition.as_object_mut().and_then(|condition| condition.remove("StringEqualsIfExists"));
        let allowed =
            [json!({ "dynamodb:Select": "SPECIFIC_ATTRIBUTES" }), json!({ "dynamodb:ReturnValues": "NONE" })];
        assert!(members.is_none_or(|members| allowed.contains(&members)), "{statement}");
        // `ForAllValues` alone also holds for a request that names no attribute.
        let expected = json!({
            "ForAllValues:StringEquals": { "dynamodb:Attributes": null },
            "Null": { "dynamodb:Attributes": "false" },
        });
        assert_eq!(condition, expected);
    }
    assert_eq!(members.keys().collect::<Vec<_>>(), ["Action", "Effect", "Resource"]);
    assert!(!statement["Action"].to_string().contains('*'), "{statement}");
    let resource = &statement["Resource"];
    for resource in resource.as_array().map_or(std::slice::from_ref(resource), Vec::as_slice) {
        let named = resource["Ref"].as_str().or(resource["Fn::GetAtt"][0].as_str());
        assert!(named.is_some_and(|name| resources.contains_key(name)), "{statement}");
    }
}

#[test]
fn every_role_is_written_out_with_exact_actions_on_exact_resources() {
    let resources = template().json()["Resources"].as_object().expect("resources");
    let functions = resources.values().filter(|resource| resource["Type"] == "AWS::Serverless::Function");
    let mut roles = BTreeSet::new();
    for function in functions {
        let properties = &function["Properties"];
        // SAM would add managed policies, on every resource, to a role of its own.
        assert!(properties.get("Policies").is_none());
        let role = properties["Role"]["Fn::GetAtt"][0].as_str().expect("a role");
        assert!(roles.insert(role), "{role} is one function's only");
        let (role_name, role) = (role, &resources[role]["Properties"]);
        assert!(role.get("ManagedPolicyArns").is_none());
        let boundary =
            json!(["HasPermissionsBoundary", { "Ref": "PermissionsBoundary" }, { "Ref": "AWS::NoValue" }]);
        assert_eq!(role["PermissionsBoundary"], json!({ "Fn::If": boundary }));
        let [policy] = role["Policies"].as_array().expect("policies").as_slice() else {
            panic!("one policy")
        };
        let statements = policy["PolicyDocument"]["Statement"].as_array().expect("statements");
        assert!(!statements.is_empty());
        for statement in statements {
            if statement["Fn::If"][0] == "HasMail" {
                assert_eq!((role_name, &statement["Fn::If"][1]), ("MailerRole", &ses_statement()));
            } else {
                check_statement(statement);
            }
        }
    }
    let all = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::IAM::Role");
    assert_eq!(all.count(), roles.len(), "there is no other role");
    let is_policy = |resource: &Value| {
        resource["Type"]
            .as_str()
            .is_some_and(|kind| kind.starts_with("AWS::IAM::") && kind != "AWS::IAM::Role")
    };
    let policies: Vec<_> = resources.iter().filter(|(_, resource)| is_policy(resource)).collect();
    let [_admin, _operator, tracing] = policies.as_slice() else { panic!("{policies:?}") };
    assert_eq!(tracing, &(&"TracingPolicy".to_owned(), &tracing_policy(&roles)));
    // Lambda refuses to trace a function before its role has the policy, so every function must refer to it.
    let active = json!({ "Fn::Select": [0, ["Active", { "Ref": "TracingPolicy" }]] });
    let tracing = &template().json()["Globals"]["Function"]["Tracing"];
    assert_eq!(tracing, &json!({ "Fn::If": ["Traces", active, "PassThrough"] }));
}
