//! The two policies that people have: exact actions on exact resources, in as many characters as IAM takes.

use local::template::Permission;
use serde_json::{Value, json};

use crate::harness::template;
use crate::project::policies::{check_statement, ses_statement};

/// The policies.
const POLICIES: [&str; 2] = ["OperatorPolicy", "AdminPolicy"];

fn properties(policy: &str) -> &'static Value {
    &template().json()["Resources"][policy]["Properties"]
}

/// The statements by which an operator looks at what is about no user, and has no logical id, or no resource at all.
fn statements_about_no_user() -> Vec<Value> {
    let allow =
        |action: Value, resource: Value| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let arn = |service: &str, rest: &str| {
        let prefix = format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}");
        json!({ "Fn::Sub": format!("{prefix}:{rest}") })
    };
    let no_value = json!({ "Ref": "AWS::NoValue" });
    let under =
        |condition: &str, statement: Value| json!({ "Fn::If": [condition, statement, no_value.clone()] });
    let identity = ses_statement()["Resource"][0].clone();
    let any_table = arn("dynamodb", Permission::ANY_TABLE);
    let describe = ["DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"];
    vec![
        allow(json!(describe.map(|action| format!("dynamodb:{action}"))), any_table),
        allow(json!("logs:StartQuery"), arn("logs", "log-group:/aws/lambda/${AWS::StackName}/*")),
        allow(json!("cloudwatch:DescribeAlarms"), arn("cloudwatch", "alarm:${AWS::StackName}-*")),
        allow(json!("sns:ListSubscriptionsByTopic"), arn("sns", "${AWS::StackName}-Watching-*")),
        allow(
            json!("lambda:GetEventSourceMapping"),
            arn("lambda", "event-source-mapping:${MailerFunctionMails}"),
        ),
        under("HasDomain", allow(json!("acm:DescribeCertificate"), json!({ "Ref": "CertificateArn" }))),
        under("HasMail", allow(json!("ses:GetEmailIdentity"), identity)),
        allow(json!(["logs:GetQueryResults", "ses:GetAccount"]), json!("*")),
    ]
}

#[test]
fn each_statement_has_exact_actions_on_exact_resources() {
    for policy in POLICIES {
        // No one has it before someone attaches it.
        let members = properties(policy).as_object().expect("properties");
        assert_eq!(members.keys().collect::<Vec<_>>(), ["Description", "PolicyDocument"]);
        let mut statements = members["PolicyDocument"]["Statement"].as_array().expect("statements").clone();
        // The stack is no resource of itself.
        statements.retain(|one| one["Resource"] != json!({ "Ref": "AWS::StackId" }));
        // A rotation may start now, and neither by another function nor at other times.
        statements.retain_mut(|one| {
            let now = json!({
                "Null": { "secretsmanager:RotationLambdaARN": "true" },
                "BoolIfExists": { "secretsmanager:ModifyRotationRules": "false" },
            });
            one["Action"] != "secretsmanager:RotateSecret" || one["Condition"] != now
        });
        assert!(!json!(statements).to_string().contains("RotateSecret"));
        if policy == "OperatorPolicy" {
            let rest = statements_about_no_user();
            assert_eq!(statements.split_off(statements.len() - rest.len()), rest);
        }
        statements.iter().for_each(check_statement);
    }
}

#[test]
fn iam_takes_the_policies_of_operators() {
    /// The characters that a managed policy may have, without white space.
    const LIMIT: usize = 6_144;
    const NAME: &str = "a-stack-with-a-name-of-as-many-characters-as-a-function-may-have";
    fn resolved(value: &Value) -> Value {
        let arn = |rest: &str| json!(format!("arn:aws:service:ap-southeast-2:123456789012:{rest}"));
        match value {
            Value::Object(members) => match members.iter().next() {
                Some((name, parts)) if name == "Fn::If" => resolved(&parts[1]),
                Some((name, parts)) if name == "Fn::Sub" => parts.as_str().map_or_else(
                    || arn(&"x".repeat(64)),
                    |text| {
                        json!(
                            text.replace("${AWS::StackName}", NAME)
                                .replace("${AWS::AccountId}", "123456789012")
                        )
                    },
                ),
                Some((name, id)) if name == "Fn::GetAtt" || name == "Ref" => arn(&format!(
                    "resource/{NAME}-{}-ABCDEFGHIJKLM",
                    id[0].as_str().or(id.as_str()).expect("an id")
                )),
                _ => members.iter().map(|(name, value)| (name.clone(), resolved(value))).collect(),
            },
            Value::Array(values) => values.iter().map(resolved).collect(),
            other => other.clone(),
        }
    }
    assert_eq!(NAME.len(), 64);
    for policy in POLICIES {
        let length = resolved(&properties(policy)["PolicyDocument"]).to_string().len();
        assert!(length <= LIMIT, "{policy} has {length} characters");
    }
}
