//! Reads `template.yaml` as CloudFormation does: the short forms of its functions (`!Ref x`) become the long ones
//! (`{"Ref": "x"}`).

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode as _, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};

use crate::Failure;
pub use crate::permission::Permission;
use crate::permission::{policy, statements};

/// The template of the deployment.
#[derive(Debug, Clone)]
pub struct Template(Value);

/// A DynamoDB table. Its name in the local database is its logical id, as under `sam local`.
#[derive(Debug, Clone)]
pub struct Table {
    /// The logical id.
    pub name: String,
    /// The input of DynamoDB's `CreateTable`.
    pub create: Value,
    /// The attribute that holds the time to live; none where the table has none.
    pub time_to_live: Option<String>,
}

/// A Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// The name of its binary and of its folder in `functions/`.
    pub name: String,
    /// Its variables. A `Ref` to a parameter becomes the parameter's default, and a `Ref` to a table its logical id.
    pub environment: BTreeMap<String, String>,
    /// Method and path of its routes. `("ANY", "$default")` is the route of every other request.
    pub routes: Vec<(String, String)>,
    /// The logical id of the table whose stream invokes it.
    pub stream: Option<String>,
    /// Its memory in MB. Lambda's default is 128.
    pub memory: u32,
    /// What its role allows.
    pub policy: Vec<Permission>,
}

impl Function {
    /// Its routes, as API Gateway names them.
    pub fn route_keys(&self) -> impl Iterator<Item = String> {
        self.routes.iter().map(|(method, path)| match path.as_str() {
            "$default" => path.clone(),
            _ => format!("{method} {path}"),
        })
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When it is not YAML.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        yaml(text).map(Self)
    }

    /// The template as JSON.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// All DynamoDB tables.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let table = |(name, resource): (&String, &Value)| {
            let copy =
                |key: &str| resource.pointer(&format!("/Properties/{key}")).cloned().unwrap_or_default();
            Table {
                name: name.clone(),
                create: json!({
                    "TableName": name,
                    "AttributeDefinitions": copy("AttributeDefinitions"),
                    "KeySchema": copy("KeySchema"),
                    "BillingMode": copy("BillingMode"),
                    "StreamSpecification": stream(resource),
                }),
                time_to_live: text(resource, "/Properties/TimeToLiveSpecification/AttributeName"),
            }
        };
        self.resources("AWS::DynamoDB::Table").map(table).collect()
    }

    /// All functions.
    #[must_use]
    pub fn functions(&self) -> Vec<Function> {
        self.resources("AWS::Serverless::Function").map(|(_, resource)| self.function(resource)).collect()
    }

    /// The policies that people can have, by their names.
    #[must_use]
    pub fn policies(&self) -> BTreeMap<String, Vec<Permission>> {
        let policies = self.resources("AWS::IAM::ManagedPolicy");
        let of = |(name, policy): (&String, &Value)| {
            (name.clone(), statements(policy.pointer("/Properties/PolicyDocument")))
        };
        policies.map(of).collect()
    }

    /// The throttle of a route in requests a second, by the default of its parameter. A route is named as API Gateway
    /// names it, such as `GET /` or `$default`. `None` if the template sets none.
    #[must_use]
    pub fn throttle(&self, route: &str) -> Option<u32> {
        let api = self.resources("AWS::Serverless::HttpApi").next()?.1.get("Properties")?;
        let own = api.get("RouteSettings").and_then(|settings| settings.get(route));
        let settings = own.or_else(|| api.get("DefaultRouteSettings"))?;
        self.resolve(settings.get("ThrottlingRateLimit")?).parse().ok()
    }

    fn function(&self, resource: &Value) -> Function {
        let variables = [
            self.0.pointer("/Globals/Function/Environment/Variables"),
            resource.pointer("/Properties/Environment/Variables"),
        ];
        let variables = variables.into_iter().flatten().filter_map(Value::as_object).flatten();
        let events = resource.pointer("/Properties/Events").and_then(Value::as_object).into_iter().flatten();
        let (streams, routes): (Vec<_>, Vec<_>) = events
            .map(|(_, event)| event)
            .partition(|event| text(event, "/Type").as_deref() == Some("DynamoDB"));
        let route = |event: &Value| {
            let method = text(event, "/Properties/Method").unwrap_or_else(|| "ANY".to_owned());
            (method, text(event, "/Properties/Path").unwrap_or_else(|| "$default".to_owned()))
        };
        let memory = resource.pointer("/Properties/MemorySize").and_then(Value::as_u64);
        Function {
            name: text(resource, "/Metadata/BuildProperties/Binary").unwrap_or_default(),
            environment: variables.map(|(name, value)| (name.clone(), self.resolve(value))).collect(),
            routes: routes.into_iter().map(route).collect(),
            memory: memory.and_then(|size| size.try_into().ok()).unwrap_or(128),
            stream: streams.first().and_then(|event| text(event, "/Properties/Stream/Fn::GetAtt/0")),
            policy: text(resource, "/Properties/Role/Fn::GetAtt/0")
                .and_then(|role| self.0.pointer(&format!("/Resources/{role}")))
                .map(policy)
                .unwrap_or_default(),
        }
    }

    /// The value of a variable without AWS: the default of a parameter, or the logical id of a resource. It is empty
    /// where a function other than `Ref` makes it.
    fn resolve(&self, value: &Value) -> String {
        let Some(reference) = value.get("Ref").and_then(Value::as_str) else {
            return if value.is_object() { String::new() } else { plain(value) };
        };
        match self.0.pointer(&format!("/Parameters/{reference}")) {
            Some(parameter) => parameter.get("Default").map(plain).unwrap_or_default(),
            None => reference.to_owned(),
        }
    }

    fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let resources = self.0.get("Resources").and_then(Value::as_object).into_iter().flatten();
        resources.filter(move |(_, resource)| resource.get("Type").and_then(Value::as_str) == Some(kind))
    }
}

/// Reads the first document of a YAML text as JSON. CloudFormation's short forms become the long ones.
///
/// # Errors
/// When it is not YAML, or empty.
pub fn yaml(text: &str) -> Result<Value, Failure> {
    let documents = YamlOwned::load_from_str(text)?;
    Ok(json_of(documents.first().ok_or("the YAML file is empty")?))
}

/// The stream of a table, as the input of `CreateTable`. In a table of CloudFormation, one is on if it is specified.
fn stream(table: &Value) -> Value {
    match table.pointer("/Properties/StreamSpecification/StreamViewType") {
        Some(view) => json!({ "StreamEnabled": true, "StreamViewType": view }),
        None => json!({ "StreamEnabled": false }),
    }
}

pub(crate) fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn json_of(node: &YamlOwned) -> Value {
    match node {
        YamlOwned::Value(scalar) => scalar_of(scalar),
        YamlOwned::Sequence(nodes) => nodes.iter().map(json_of).collect(),
        YamlOwned::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| (plain(&json_of(key)), json_of(value)));
            Value::Object(entries.collect())
        }
        YamlOwned::Tagged(tag, node) => long_form(&tag.suffix, json_of(node)),
        _ => Value::Null,
    }
}

fn scalar_of(scalar: &ScalarOwned) -> Value {
    match scalar {
        ScalarOwned::Null => Value::Null,
        ScalarOwned::Boolean(boolean) => json!(boolean),
        ScalarOwned::Integer(integer) => json!(integer),
        ScalarOwned::FloatingPoint(float) => json!(**float),
        ScalarOwned::String(text) => json!(text),
    }
}

fn long_form(tag: &str, value: Value) -> Value {
    let (name, value) = match (tag, value) {
        ("Ref" | "Condition", value) => (tag.to_owned(), value),
        ("GetAtt", Value::String(dotted)) => ("Fn::GetAtt".to_owned(), dotted.splitn(2, '.').collect()),
        (_, value) => (format!("Fn::{tag}"), value),
    };
    Value::Object(Map::from_iter([(name, value)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_forms_become_the_long_ones() {
        let text = "a: !Ref B\nc: !GetAtt D.Arn\ne: !Sub 'x${F}'\ng: [1, true, '2', ~, 1.5]";
        let expected = json!({
            "a": {"Ref": "B"},
            "c": {"Fn::GetAtt": ["D", "Arn"]},
            "e": {"Fn::Sub": "x${F}"},
            "g": [1, true, "2", null, 1.5],
        });
        assert_eq!(Template::parse(text).unwrap().json(), &expected);
    }
}
