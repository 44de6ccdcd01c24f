//! What IAM's policies in the template allow.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::template::{plain, text};

/// An action that a role allows.
#[derive(Debug, Clone)]
pub struct Permission {
    /// The action, such as `dynamodb:PutItem`.
    pub action: String,
    /// The logical id of the table, secret or log group. [`Self::ANY_TABLE`] is every table of the stack.
    pub resource: String,
    /// The only attributes that the request may name, of which it must name one. `None` if the role has no condition.
    pub attributes: Option<BTreeSet<String>>,
    /// The value that other members of the request must have if IAM knows them, such as `dynamodb:ReturnValues`.
    pub members: BTreeMap<String, String>,
}

impl Permission {
    /// Every table of the stack.
    pub const ANY_TABLE: &str = "table/${AWS::StackName}-*";

    /// Whether it is about a table or a secret.
    #[must_use]
    pub fn is_about(&self, resource: &str) -> bool {
        self.resource == resource || self.resource == Self::ANY_TABLE
    }
}

/// What the statements of a document allow.
pub(crate) fn statements(document: Option<&Value>) -> Vec<Permission> {
    let statements = document.and_then(|document| document.get("Statement")?.as_array());
    // Those that depend on a parameter, too.
    let statements = statements.into_iter().flatten().map(|one| one.pointer("/Fn::If/1").unwrap_or(one));
    statements.flat_map(permissions).collect()
}

/// The actions that a role allows, each on each of its resources.
pub(crate) fn policy(role: &Value) -> Vec<Permission> {
    let policies = role.pointer("/Properties/Policies").and_then(Value::as_array).into_iter().flatten();
    policies.flat_map(|policy| statements(policy.get("PolicyDocument"))).collect()
}

fn permissions(statement: &Value) -> Vec<Permission> {
    let strings = |value: &Value| match value {
        Value::Array(values) => values.iter().map(plain).collect(),
        single => vec![plain(single)],
    };
    let named = |resource: &Value| {
        let mut pointers = ["/Fn::GetAtt/0", "/Ref"].into_iter();
        let logical = pointers.find_map(|pointer| text(resource, pointer));
        let any = text(resource, "/Fn::Sub").filter(|arn| arn.ends_with(Permission::ANY_TABLE));
        logical.or_else(|| any.map(|_| Permission::ANY_TABLE.to_owned())).unwrap_or_default()
    };
    let resources: Vec<String> = match statement.get("Resource") {
        Some(Value::Array(resources)) => resources.iter().map(named).collect(),
        Some(resource) => vec![named(resource)],
        None => Vec::new(),
    };
    let attributes = statement.pointer("/Condition/ForAllValues:StringEquals/dynamodb:Attributes");
    let attributes = attributes.map(|names| strings(names).into_iter().collect());
    let members = statement.pointer("/Condition/StringEqualsIfExists").and_then(Value::as_object);
    let members = members.into_iter().flatten().map(|(name, value)| (name.clone(), plain(value)));
    let members: BTreeMap<String, String> = members.collect();
    let actions = statement.get("Action").map(strings).unwrap_or_default().into_iter();
    let permission = |(action, resource): (String, &String)| Permission {
        action,
        resource: resource.clone(),
        attributes: attributes.clone(),
        members: members.clone(),
    };
    actions
        .flat_map(|action| resources.iter().map(move |one| (action.clone(), one)))
        .map(permission)
        .collect()
}
