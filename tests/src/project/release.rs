//! A release: which version of the functions is live, and how an operator moves it.

use serde_json::{Value, json};

use crate::harness::moto::Moto;
use crate::harness::template;

/// A stack of two functions, of which one has a variable from a parameter. Each has an alias to its first version, as
/// SAM's `AutoPublishAlias` makes it.
async fn stack(moto: &Moto) {
    let function = |variables: &Value| {
        json!({ "Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "provided.al2023", "Handler": "bootstrap", "Code": { "ZipFile": "Y29kZQ==" },
            "Role": { "Fn::GetAtt": ["Role", "Arn"] }, "Environment": { "Variables": variables },
        } })
    };
    let trust = json!({ "Version": "2012-10-17", "Statement": [] });
    let template = json!({
        "Parameters": { "Minutes": { "Type": "String" } },
        "Resources": {
            "Role": { "Type": "AWS::IAM::Role", "Properties": { "AssumeRolePolicyDocument": trust } },
            "Login": function(&json!({ "MINUTES": { "Ref": "Minutes" } })),
            "Logout": function(&json!({})),
        },
    });
    moto.run(&format!(
        "aws cloudformation create-stack --stack-name latchkey --capabilities CAPABILITY_IAM \
            --parameters ParameterKey=Minutes,ParameterValue=1 --template-body '{template}'
        for function in $({NAMES}); do
            aws lambda publish-version --function-name $function
            aws lambda create-alias --function-name $function --name live --function-version 1
        done"
    ))
    .await;
}

const NAMES: &str =
    "aws lambda list-functions --query 'sort_by(Functions, &FunctionName)[].FunctionName' --output text";

/// The version of login and of logout to which the alias points, and the variable of login's.
async fn live(moto: &Moto) -> String {
    let script = format!(
        "for function in $({NAMES}); do
            aws lambda get-function-configuration --function-name $function --qualifier live \
                --query '[Version, Environment.Variables.MINUTES]' --output text
        done"
    );
    moto.run(&script).await.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn an_operator_publishes_a_parameter_and_rolls_it_back_in_one_command_each() {
    let moto = Moto::start().await;
    stack(&moto).await;
    assert_eq!(live(&moto).await, "1 1 1 None");
    moto.run(
        "aws cloudformation update-stack --stack-name latchkey --use-previous-template \
            --capabilities CAPABILITY_IAM --parameters ParameterKey=Minutes,ParameterValue=2",
    )
    .await;
    assert_eq!(live(&moto).await, "1 1 1 None", "an update of the function alone is not live");
    moto.run("infra/live.sh publish latchkey").await;
    assert_eq!(live(&moto).await, "2 2 1 None", "logout has not changed, so it has no new version");
    moto.run("infra/live.sh rollback latchkey").await;
    assert_eq!(live(&moto).await, "1 1 1 None");
    moto.run("infra/live.sh rollback latchkey 2999-01-01T00:00:00").await;
    assert_eq!(live(&moto).await, "2 2 1 None", "the newest version before a time");
}

#[test]
fn every_caller_invokes_the_alias_and_every_change_of_a_function_makes_a_version() {
    let resources = template().json()["Resources"].as_object().expect("resources");
    assert_eq!(template().json()["Globals"]["Function"]["AutoPublishAlias"], "live");
    for (id, resource) in resources {
        let properties = &resource["Properties"];
        match resource["Type"].as_str().expect("a type") {
            // Else a change of its role alone would be live only after the old role is gone.
            "AWS::Serverless::Function" => {
                assert_eq!(properties["AutoPublishAliasAllProperties"], true, "{id}")
            }
            "AWS::Lambda::Permission" => {
                assert_eq!(properties["FunctionName"], json!({ "Ref": "RotationFunction.Alias" }));
            }
            "AWS::SecretsManager::RotationSchedule" => {
                assert_eq!(properties["RotationLambdaARN"], json!({ "Ref": "RotationFunction.Alias" }));
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
