//! `--dry-run`: reads go to AWS, and writes are printed instead.
//!
//! It is between the SDK and the network, so no command has to remember it.

use std::fmt::{self, Write as _};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use serde_json::Value;

use crate::output::{escaped_json, tell};

/// How the names of actions begin that change nothing.
const READS: [&str; 7] = ["BatchGet", "Describe", "Get", "List", "Query", "Scan", "StartQuery"];

/// A client whose writes are printed.
#[derive(Debug)]
struct DryRun(SharedHttpClient);

#[derive(Debug)]
struct Connector(SharedHttpConnector);

/// The same client, which writes nothing.
pub(crate) fn without_writes(client: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(DryRun(client))
}

impl HttpClient for DryRun {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let action = request.headers().get("x-amz-target").and_then(|target| target.split('.').nth(1));
        match action {
            // Those without a target only read, or compute.
            None => self.0.call(request),
            Some(action) if READS.iter().any(|read| action.starts_with(read)) => self.0.call(request),
            Some(action) => {
                let body = request.body().bytes().unwrap_or_default();
                let body: Value = serde_json::from_slice(body).unwrap_or_default();
                for line in described(action, &body) {
                    tell(&format!("would {line}"));
                }
                let status = StatusCode::try_from(200);
                let response = status.map(|status| HttpResponse::new(status, "{}".into()));
                HttpConnectorFuture::ready(response.map_err(|error| {
                    aws_smithy_runtime_api::client::result::ConnectorError::other(error.into(), None)
                }))
            }
        }
    }
}

/// A line for each write of a call: what, where, and on which condition. A hash of a password is left out.
fn described(action: &str, body: &Value) -> Vec<String> {
    match body["TransactItems"].as_array() {
        Some(items) => {
            let items = items.iter().filter_map(Value::as_object).flatten();
            items.map(|(kind, item)| line(kind, item)).collect()
        }
        None => vec![line(action, body)],
    }
}

fn line(action: &str, write: &Value) -> String {
    let text = |name: &str| write[name].as_str().unwrap_or_default();
    let place = if write["TableName"].is_string() { text("TableName") } else { text("SecretId") };
    let mut line = format!("{action} {place}");
    for name in ["Key", "Item"] {
        if let Some(members) = write[name].as_object() {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("{name}={}", shown(name, value))).collect();
            // Writing to a String cannot fail.
            let _ = write!(line, " {}", members.join(" "));
        }
    }
    for (name, word) in [("UpdateExpression", ""), ("ConditionExpression", "if ")] {
        if write[name].is_string() {
            let _ = write!(line, " {word}{}", Expression { write, text: text(name) });
        }
    }
    line
}

/// An expression with its names and values in their places.
struct Expression<'a> {
    write: &'a Value,
    text: &'a str,
}

impl fmt::Display for Expression<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '#' | ':');
        let mut rest = self.text;
        while !rest.is_empty() {
            let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end.max(rest.chars().next().map_or(0, char::len_utf8)));
            let of = |member: &str| self.write.get(member).and_then(|members| members.get(word));
            match (of("ExpressionAttributeNames").and_then(Value::as_str), of("ExpressionAttributeValues")) {
                (Some(name), _) => formatter.write_str(name)?,
                (None, Some(value)) => formatter.write_str(&shown(word, value))?,
                (None, None) => formatter.write_str(word)?,
            }
            rest = after;
        }
        Ok(())
    }
}

/// A value of DynamoDB. Nothing that looks like a hash of a password is shown.
fn shown(name: &str, value: &Value) -> String {
    let inner = value.as_object().and_then(|typed| typed.values().next()).unwrap_or(value);
    let is_hash = name == "password_hash" || inner.as_str().is_some_and(|text| text.starts_with('$'));
    if is_hash { "(a hash)".to_owned() } else { escaped_json(inner) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_write_is_a_line_without_its_hash() {
        let body = json!({ "TransactItems": [
            { "Update": {
                "TableName": "users",
                "Key": { "user_id": { "S": "x" } },
                "UpdateExpression": "SET #set0 = :set0",
                "ConditionExpression": "version = :read",
                "ExpressionAttributeNames": { "#set0": "status" },
                "ExpressionAttributeValues": { ":set0": { "S": "disabled" }, ":read": { "N": "3" } },
            } },
            { "Put": {
                "TableName": "credentials",
                "Item": { "identifier": { "S": "username#\u{1b}" }, "password_hash": { "S": "$argon2id$x" } },
            } },
        ] });
        assert_eq!(
            described("TransactWriteItems", &body),
            [
                r#"Update users user_id="x" SET status = "disabled" if version = "3""#,
                r#"Put credentials identifier="username#\u001b" password_hash=(a hash)"#,
            ]
        );
    }
}
