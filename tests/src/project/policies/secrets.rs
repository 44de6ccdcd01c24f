//! Who may read the secrets with the keys.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::template;
use crate::project::policies::allowed;

/// The policy of a secret that lets only these read it. It denies no other action, so an administrator can always
/// replace the keys, and this policy.
fn readable_only_by(readers: &[Value]) -> Value {
    let statement = json!({
        "Effect": "Deny",
        "Principal": "*",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
        "Condition": { "ArnNotEquals": { "aws:PrincipalArn": readers } },
    });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

#[test]
fn only_token_and_rotation_may_read_the_private_keys_of_access_tokens() {
    let resources = template().json()["Resources"].as_object().expect("resources");
    let policy = &resources["AccessTokenKeysPolicy"]["Properties"];
    assert_eq!(policy["SecretId"], json!({ "Ref": "AccessTokenKeysSecret" }));
    assert_eq!(policy["BlockPublicPolicy"], true);
    let roles = ["RotationRole", "TokenRole"].map(|role| json!({ "Fn::GetAtt": [role, "Arn"] }));
    assert_eq!(policy["ResourcePolicy"], readable_only_by(&roles));
    let may_read = |secret: &str| -> BTreeSet<String> {
        let allowed = allowed().into_keys();
        let reads =
            allowed.filter(|(_, action, what)| action == "secretsmanager:GetSecretValue" && what == secret);
        reads.map(|(function, ..)| function).collect()
    };
    assert_eq!(
        may_read("AccessTokenKeysSecret"),
        BTreeSet::from(["rotation".to_owned(), "token".to_owned()])
    );
    let discovery: Vec<_> = allowed().into_keys().filter(|(function, ..)| function == "discovery").collect();
    let own = ("discovery".to_owned(), "dynamodb:GetItem".to_owned(), "KeysTable".to_owned());
    assert_eq!(discovery, [own], "it reads no secret");
    assert!(!may_read("SigningKeysSecret").contains("discovery"));
}

/// CloudFormation would replace the keys with another text, and so refuse all access tokens.
#[test]
fn the_template_empties_no_secret_that_a_rotation_has_filled() {
    let secret = &template().json()["Resources"]["AccessTokenKeysSecret"]["Properties"];
    assert_eq!(secret["SecretString"], "{}");
}

#[test]
fn only_the_functions_and_one_role_of_the_operator_may_read_the_signing_keys() {
    let resources = template().json()["Resources"].as_object().expect("resources");
    // The mailer and discovery have no cookies.
    let is_reader = |(name, resource): &(&String, &Value)| {
        let has_no_cookies = ["MailerFunction", "DiscoveryFunction"].contains(&name.as_str());
        resource["Type"] == "AWS::Serverless::Function" && !has_no_cookies
    };
    let functions = resources.iter().filter(is_reader);
    let mut readers: Vec<Value> =
        functions.map(|(_, function)| function["Properties"]["Role"].clone()).collect();
    readers.sort_by_key(Value::to_string);
    readers.push(
        json!({ "Fn::If": ["HasOperatorRole", { "Ref": "OperatorRoleArn" }, { "Ref": "AWS::NoValue" }] }),
    );
    let policy = &resources["SigningKeysPolicy"]["Properties"];
    assert_eq!(policy["SecretId"], json!({ "Ref": "SigningKeysSecret" }));
    assert_eq!(policy["BlockPublicPolicy"], true);
    assert_eq!(policy["ResourcePolicy"], readable_only_by(&readers));
    let default = &template().json()["Parameters"]["OperatorRoleArn"]["Default"];
    assert_eq!(default, "", "no one besides the functions");
}
