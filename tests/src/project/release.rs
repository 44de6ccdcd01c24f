//! A release: which version of the functions is live, and how an operator moves it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::moto::Moto;
use crate::harness::template;
use crate::project::runbook::commands;

/// Makes a stack of two functions, of which one has a variable from a parameter, and updates the parameter. Each
/// function has an alias to its first version, as SAM's `AutoPublishAlias` makes it.
const STACK: &str = r#"
import boto3, json
cloudformation, functions = boto3.client("cloudformation"), boto3.client("lambda")
def function(variables):
    return {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "provided.al2023", "Handler": "bootstrap",
        "Code": {"ZipFile": "Y29kZQ=="}, "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Environment": {"Variables": variables}}}
trust = {"Version": "2012-10-17", "Statement": []}
template = {"Parameters": {"Minutes": {"Type": "String"}}, "Resources": {
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
    "Login": function({"MINUTES": {"Ref": "Minutes"}}), "Logout": function({})}}
def stack(minutes):
    return {"StackName": "latchkey", "TemplateBody": json.dumps(template), "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [{"ParameterKey": "Minutes", "ParameterValue": minutes}]}
cloudformation.create_stack(**stack("1"))
for function in functions.list_functions()["Functions"]:
    functions.publish_version(FunctionName=function["FunctionName"])
    functions.create_alias(FunctionName=function["FunctionName"], Name="live", FunctionVersion="1")
cloudformation.update_stack(**stack("2"))
"#;

/// Prints the live version of each function with its variable, and the time of login's newest version.
const LIVE: &str = r#"
import boto3
functions = boto3.client("lambda")
names = sorted(function["FunctionName"] for function in functions.list_functions()["Functions"])
for name in names:
    live = functions.get_function_configuration(FunctionName=name, Qualifier="live")
    print(live["Version"], live.get("Environment", {}).get("Variables", {}).get("MINUTES"), end=" ")
print(functions.list_versions_by_function(FunctionName=names[0])["Versions"][-1]["LastModified"][:23])
"#;

/// Makes a third version of login live.
const PUBLISH_ANOTHER: &str = r#"
login=$(aws lambda list-functions --query 'Functions[].FunctionName' --output text | tr '\t' '\n' | sort | head -1)
aws lambda update-function-configuration --function-name "$login" --environment 'Variables={MINUTES=3}' > /dev/null
version=$(aws lambda publish-version --function-name "$login" --query Version --output text)
aws lambda update-alias --function-name "$login" --name live --function-version "$version" > /dev/null
"#;

/// The versions of login and of logout.
async fn versions(moto: &Moto) -> String {
    let list = r#"
for function in $(aws lambda list-functions --query 'Functions[].FunctionName' --output text | tr '\t' '\n' | sort); do
  aws lambda list-versions-by-function --function-name "$function" --query 'Versions[].Version' --output text
done
"#;
    let printed = moto.run(list).await.replace("$LATEST", "");
    let lines = printed.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join(", ")
}

/// The live versions, and the time.
async fn live(moto: &Moto) -> (String, String) {
    let printed = moto.run(&format!("python3 - <<'END'{LIVE}END")).await;
    let (live, time) = printed.trim().rsplit_once(' ').expect("two parts");
    (live.to_owned(), time.to_owned())
}

#[tokio::test]
async fn an_operator_publishes_a_parameter_and_rolls_it_back_in_one_command_each() {
    let moto = Moto::start().await;
    moto.run(&format!("python3 - <<'END'{STACK}END")).await;
    assert_eq!(live(&moto).await.0, "1 1 1 None", "an update of the function alone is not live");
    moto.run("infra/live.sh publish latchkey").await;
    let (found, time) = live(&moto).await;
    assert_eq!(found, "2 2 1 None", "logout has not changed, so it has no new version");
    moto.run("! infra/live.sh rollback latchkey yesterday 2> /dev/null").await;
    moto.run(&format!("infra/live.sh rollback latchkey {time}")).await;
    assert_eq!(live(&moto).await.0, "1 1 1 None");

    // A third version is live, so only the second is neither live nor the one that the stack knows.
    moto.run(PUBLISH_ANOTHER).await;
    assert_eq!(versions(&moto).await, "1 2 3, 1");
    // Moto does not name a version of a stack as AWS does: by its ARN.
    let arns = "for function in $(resources Function); do echo arn:aws:lambda:x:1:function:$function:1; done";
    let old = commands("Old versions").replace("resources Version", arns);
    moto.run(&format!("STACK=latchkey\n{old}")).await;
    assert_eq!(versions(&moto).await, "1 3, 1");
}

#[test]
fn api_gateway_invokes_the_alias_and_every_change_of_a_function_makes_a_version() {
    let resources = template().json()["Resources"].as_object().expect("resources");
    assert_eq!(template().json()["Globals"]["Function"]["AutoPublishAlias"], "live");
    for (id, resource) in resources {
        let properties = &resource["Properties"];
        match resource["Type"].as_str().expect("a type") {
            // Else a change of its role alone would be live only after the old role is gone.
            "AWS::Serverless::Function" => {
                assert_eq!(properties["AutoPublishAliasAllProperties"], true, "{id}");
            }
            "AWS::Lambda::Permission" if id == "AuthorizerPermission" => {
                assert_eq!(properties["FunctionName"], json!({ "Ref": "AuthorizerFunction.Alias" }));
            }
            // AWS does not document that Secrets Manager invokes an alias.
            "AWS::Lambda::Permission" => {
                assert_eq!(properties["FunctionName"], json!({ "Ref": "RotationFunction" }));
            }
            "AWS::SecretsManager::RotationSchedule" => {
                assert_eq!(
                    properties["RotationLambdaARN"],
                    json!({ "Fn::GetAtt": ["RotationFunction", "Arn"] })
                );
            }
            _ => {}
        }
    }
}

#[test]
fn an_update_never_replaces_the_signing_keys() {
    let secret = &template().json()["Resources"]["SigningKeysSecret"];
    // CloudFormation generates a new secret when this block changes in any way.
    let frozen = json!({
        "SecretStringTemplate": "{}",
        "GenerateStringKey": "0",
        "PasswordLength": 64,
        "ExcludePunctuation": true,
    });
    assert_eq!(secret["Properties"]["GenerateSecretString"], frozen);
    // A name, another region or another key could replace the secret or its value.
    let properties: Vec<&String> = secret["Properties"].as_object().expect("properties").keys().collect();
    assert_eq!(properties, ["Description", "GenerateSecretString"]);
    assert_eq!(secret["DeletionPolicy"], "RetainExceptOnCreate");
    assert_eq!(secret["UpdateReplacePolicy"], "Retain");
}

/// A function of an older version takes a cookie of a newer form for none. So all functions that read the session
/// cookie have changed before login and sign-up begin a session.
#[test]
fn the_functions_that_read_the_session_cookie_change_before_those_that_begin_a_session() {
    let first = ["account", "email", "logout", "password", "profile", "sessions", "token"];
    // These read no session: discovery has no cookies, the mailer and the rotation no routes, recovery only links. The
    // authorizer refers to the API, and the API to login and sign-up, which so cannot wait for it.
    let others = ["authorizer", "discovery", "mailer", "recovery", "rotation"];
    let names: BTreeSet<String> = template().functions().into_iter().map(|function| function.name).collect();
    let known = first.iter().chain(&others).chain(&["login", "signup"]).map(|name| (*name).to_owned());
    assert_eq!(names, known.collect(), "a new function belongs to one of the lists");
    let alias = |name: &str| {
        let (initial, rest) = name.split_at(1);
        json!(format!("{}{rest}FunctionAliaslive", initial.to_uppercase()))
    };
    for function in ["LoginFunction", "SignupFunction"] {
        let depends = &template().json()["Resources"][function]["DependsOn"];
        assert_eq!(depends, &Value::Array(first.map(alias).into()), "{function}");
    }
}
