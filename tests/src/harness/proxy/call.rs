//! A call of a function to AWS, and the permissions that it needs.

use std::collections::{BTreeMap, BTreeSet};

use local::template::Permission;
use serde_json::{Value, json};

/// A call to AWS. A retry of the SDK is another call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The function that made it.
    pub caller: String,
    /// Its action, such as `BatchGetItem`, or its action and table, such as `GetItem users`. The limiter sends several
    /// updates at once, which have other names: `count failure`, `release failure`, `take slot`, `release slot`.
    pub operation: String,
    /// The name of the service in IAM.
    service: &'static str,
    /// The name of the action in the service.
    action: String,
    /// The request.
    pub request: Value,
}

impl Call {
    pub fn new(caller: &str, target: &str, body: &[u8]) -> Self {
        let (service, action) = target.split_once('.').expect("a target");
        let service = if service == "secretsmanager" { "secretsmanager" } else { "dynamodb" };
        let request: Value = serde_json::from_slice(body).expect("JSON");
        let table = request["TableName"].as_str().map(|name| name.trim_end_matches("Table").to_lowercase());
        let update = request["UpdateExpression"].as_str().unwrap_or_default();
        let operation = match table.as_deref() {
            Some("limits") if update.contains("empty_at -") => "release slot".to_owned(),
            Some("limits") if update.contains("empty_at") => "take slot".to_owned(),
            Some("limits") if update.contains("failures -") => "release failure".to_owned(),
            Some("limits") if update.contains("failures") => "count failure".to_owned(),
            Some(table) => format!("{action} {table}"),
            None => action.to_owned(),
        };
        Self { caller: caller.to_owned(), operation, service, action: action.to_owned(), request }
    }

    /// The actions that IAM checks. It checks the parts of a transaction.
    pub fn actions(&self) -> Vec<Action> {
        let named = |action: &str, resource: &Value, request: &Value| Action {
            name: format!("{}:{action}", self.service),
            resource: resource.as_str().unwrap_or_default().to_owned(),
            attributes: attributes(request),
            members: members(action, request),
        };
        match self.action.as_str() {
            "BatchGetItem" => {
                let tables = self.request["RequestItems"].as_object().into_iter().flatten();
                tables.map(|(table, request)| named("BatchGetItem", &json!(table), request)).collect()
            }
            "BatchWriteItem" => {
                let tables = self.request["RequestItems"].as_object().into_iter().flatten();
                tables.map(|(table, _)| named("BatchWriteItem", &json!(table), &Value::Null)).collect()
            }
            "TransactWriteItems" => {
                let items = self.request["TransactItems"].as_array().into_iter().flatten();
                let items = items.filter_map(Value::as_object).flatten();
                items.map(|(kind, item)| named(&format!("{kind}Item"), &item["TableName"], item)).collect()
            }
            action if self.service == "secretsmanager" => {
                vec![named(action, &self.request["SecretId"], &Value::Null)]
            }
            action => vec![named(action, &self.request["TableName"], &self.request)],
        }
    }

    /// The table, the read request units and the write request units of each part of the call, if every item has at
    /// most 1 KB. A write of a transaction takes two units, and a consistent read one.
    pub fn units(&self) -> Vec<(String, u64, u64)> {
        let name = |table: &Value| table.as_str().unwrap_or_default().to_owned();
        let request = &self.request;
        match self.action.as_str() {
            "BatchGetItem" => {
                let tables = request["RequestItems"].as_object().into_iter().flatten();
                tables.map(|(table, keys)| (table.clone(), count(&keys["Keys"]), 0)).collect()
            }
            "BatchWriteItem" => {
                let tables = request["RequestItems"].as_object().into_iter().flatten();
                tables.map(|(table, writes)| (table.clone(), 0, count(writes))).collect()
            }
            "TransactWriteItems" => {
                let items = request["TransactItems"].as_array().into_iter().flatten();
                let items = items.filter_map(Value::as_object).flatten();
                items.map(|(_, item)| (name(&item["TableName"]), 0, 2)).collect()
            }
            // The page of a query is one unit, because most users have few sessions.
            "GetItem" | "Query" => vec![(name(&request["TableName"]), 1, 0)],
            "PutItem" | "UpdateItem" | "DeleteItem" => vec![(name(&request["TableName"]), 0, 1)],
            other => panic!("how many units does {other} take?"),
        }
    }
}

fn count(array: &Value) -> u64 {
    array.as_array().map_or(0, |items| u64::try_from(items.len()).expect("a number"))
}

/// An action on a resource, for which a caller needs a permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Action {
    /// Its name in IAM, such as `dynamodb:PutItem`.
    pub name: String,
    /// The name of the table or of the secret.
    pub resource: String,
    /// The attributes that the request names, which IAM calls `dynamodb:Attributes`.
    pub attributes: BTreeSet<String>,
    /// Other members of the request, as IAM calls them: what a read selects, and what a write returns.
    pub members: BTreeMap<&'static str, String>,
}

impl Action {
    /// Whether a policy allows it. A condition on attributes also demands that the request names one. A condition on
    /// other members holds where IAM does not know them.
    pub fn is_allowed(&self, policy: &[Permission]) -> bool {
        policy.iter().any(|permission| {
            let condition = permission.attributes.as_ref();
            let has = |(name, value): (&String, &String)| {
                self.members.get(name.as_str()).is_none_or(|found| found == value)
            };
            permission.action == self.name
                && permission.is_about(&self.resource)
                && condition
                    .is_none_or(|names| !self.attributes.is_empty() && self.attributes.is_subset(names))
                && permission.members.iter().all(has)
        })
    }
}

/// What a read selects, and what a write returns (AWS, "Using IAM policy conditions for fine-grained access control").
fn members(action: &str, request: &Value) -> BTreeMap<&'static str, String> {
    let text = |member: &str| request[member].as_str().map(str::to_owned);
    match action {
        "GetItem" | "BatchGetItem" => {
            let is_projected = request.get("ProjectionExpression").is_some();
            let selected = if is_projected { "SPECIFIC_ATTRIBUTES" } else { "ALL_ATTRIBUTES" };
            BTreeMap::from([("dynamodb:Select", selected.to_owned())])
        }
        "UpdateItem" | "PutItem" | "DeleteItem" => {
            // AWS does not say whether the condition also holds for the second one. No code here sets it.
            let members = ["ReturnValues", "ReturnValuesOnConditionCheckFailure"];
            let returned = members.into_iter().filter_map(text).filter(|returned| returned != "NONE");
            returned.map(|returned| ("dynamodb:ReturnValues", returned)).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// The attributes that a request to DynamoDB names: in its key, in its item, in its expressions, and in the older
/// members that expressions have replaced.
fn attributes(request: &Value) -> BTreeSet<String> {
    const MAPS: [&str; 4] = ["Key", "Item", "AttributeUpdates", "Expected"];
    const EXPRESSIONS: [&str; 3] = ["UpdateExpression", "ConditionExpression", "ProjectionExpression"];
    // The words that the functions need where a condition holds. Any other word counts as an attribute.
    const WORDS: [&str; 6] = ["SET", "REMOVE", "AND", "OR", "attribute_exists", "attribute_not_exists"];
    let members = MAPS.into_iter().filter_map(|map| request[map].as_object()).flatten();
    let mut names: BTreeSet<String> = members.map(|(name, _)| name.clone()).collect();
    for expression in EXPRESSIONS.into_iter().filter_map(|member| request[member].as_str()) {
        let is_part = |character: char| character.is_alphanumeric() || "_#:".contains(character);
        for word in expression.split(|character| !is_part(character)).filter(|word| !word.is_empty()) {
            let name = request["ExpressionAttributeNames"][word].as_str().unwrap_or(word);
            if !word.starts_with(':') && !WORDS.contains(&word) {
                names.insert(name.to_owned());
            }
        }
    }
    names
}
