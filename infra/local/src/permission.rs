//! What IAM's policies in the template allow.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::template::{plain, text};

/// An action that a role allows.
#[derive(Debug, Clone)]
pub struct Permission {
    /// The action, such as `dynamodb:PutItem`.
    pub action: String,
    /// The logical id of the table, secret or log group.
    pub resource: String,
    /// The only attributes that the request may name, of which it must name one. `None` if the role has no condition.
    pub attributes: Option<BTreeSet<String>>,
    /// The value that other members of the request must have if IAM knows them, such as `dynamodb:ReturnValues`.
    pub members: BTreeMap<String, String>,
}

/// What the statements of a document allow.
pub(crate) fn statements(document: Option<&Value>) -> Vec<Permission> {
    let statements = document.and_then(|document| document.get("Statement")?.as_array());
    statements.into_iter().flatten().flat_map(permissions).collect()
}

/// The actions that a role allows, each on one resource.
pub(crate) fn policy(role: &Value) -> Vec<Permission> {
    let policies = role.pointer("/Properties/Policies").and_then(Value::as_array).into_iter().flatten();
    policies.flat_map(|policy| statements(policy.get("PolicyDocument"))).collect()
}

fn permissions(statement: &Value) -> Vec<Permission> {
    let strings = |value: &Value| match value {
        Value::Array(values) => values.iter().map(plain).collect(),
        single => vec![plain(single)],
    };
    let mut pointers = ["/Resource/Fn::GetAtt/0", "/Resource/Ref"].into_iter();
    let resource = pointers.find_map(|pointer| text(statement, pointer)).unwrap_or_default();
    let attributes = statement.pointer("/Condition/ForAllValues:StringEquals/dynamodb:Attributes");
    let attributes = attributes.map(|names| strings(names).into_iter().collect());
    let members = statement.pointer("/Condition/StringEqualsIfExists").and_then(Value::as_object);
    let members = members.into_iter().flatten().map(|(name, value)| (name.clone(), plain(value)));
    let members: BTreeMap<String, String> = members.collect();
    let actions = statement.get("Action").map(strings).unwrap_or_default().into_iter();
    let permission = |action| Permission {
        action,
        resource: resource.clone(),
        attributes: attributes.clone(),
        members: members.clone(),
    };
    actions.map(permission).collect()
}
