//! The document `infra/openapi.yaml`, and the comparison of a response with it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::harness::{Event, Response, root};

/// A document that describes the responses of an API.
pub struct Document {
    json: Value,
    /// By the text of their schemas.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let text = std::fs::read_to_string(root().join("infra/openapi.yaml")).expect("infra/openapi.yaml");
    Document { json: local::template::yaml(&text).expect("YAML"), validators: Mutex::default() }
});

/// The document of the repository.
pub fn document() -> &'static Document {
    &DOCUMENT
}

impl Document {
    /// The document as JSON.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Method and path of every operation.
    pub fn routes(&self) -> Vec<(String, String)> {
        let paths = self.json["paths"].as_object().expect("paths");
        let operations = |(path, methods): (&String, &Value)| -> Vec<(String, String)> {
            let methods = methods.as_object().expect("operations").keys();
            methods.map(|method| (method.to_uppercase(), path.clone())).collect()
        };
        paths.iter().flat_map(operations).collect()
    }

    /// Compares a response with the one that the document describes for the request.
    ///
    /// # Errors
    /// Names the difference.
    pub fn check(&self, event: &Event, response: &Response) -> Result<(), String> {
        let text = |pointer: &str| event.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (method, path) = (text("/requestContext/http/method"), text("/rawPath"));
        let described = self.described(method, path, response.status)?;
        self.check_headers(described, response)?;
        self.check_body(described, response)
    }

    /// The response that the document describes. HEAD has the responses of GET.
    fn described(&self, method: &str, path: &str, status: i64) -> Result<&Value, String> {
        let common = |expected: i64, name: &str| {
            expect(status == expected, &format!("{expected}, because the request is not described"))?;
            Ok(&self.json["components"]["responses"][name])
        };
        let Some(operations) = self.json["paths"].get(path).and_then(Value::as_object) else {
            return common(404, "NotFound");
        };
        let method = if method == "HEAD" { "GET" } else { method };
        let Some((_, operation)) = operations.iter().find(|(known, _)| known.to_uppercase() == method) else {
            return common(405, "MethodNotAllowed");
        };
        let described = operation["responses"].get(status.to_string());
        let described = described.ok_or_else(|| "the status is not described".to_owned())?;
        Ok(self.resolved(described))
    }

    fn check_headers(&self, described: &Value, response: &Response) -> Result<(), String> {
        let own = described["headers"].as_object().into_iter().flatten();
        let every = self.json["x-headers-of-every-response"].as_object().into_iter().flatten();
        let described: HashMap<String, &Value> = every
            .chain(own)
            .map(|(name, header)| (name.to_ascii_lowercase(), self.resolved(header)))
            .collect();

        let cookies = response.cookies.iter().map(|cookie| ("set-cookie", cookie.as_str()));
        let headers = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let sent: Vec<(&str, &str)> =
            headers.filter(|(name, _)| *name != "content-type").chain(cookies).collect();
        for (name, value) in &sent {
            let header = described.get(*name).ok_or_else(|| format!("the header {name} is not described"))?;
            let is_number = header["schema"]["type"] == "integer";
            let value =
                if is_number { serde_json::from_str(value).unwrap_or_default() } else { json!(value) };
            self.check_value(&header["schema"], &value).map_err(|error| format!("{name}: {error}"))?;
        }
        for (name, header) in described {
            let is_missing = !sent.iter().any(|(sent, _)| *sent == name);
            expect(!is_missing || header["required"] != true, &format!("the header {name}"))?;
        }
        Ok(())
    }

    fn check_body(&self, described: &Value, response: &Response) -> Result<(), String> {
        let content_type = response.header("content-type");
        let Some(content) = described["content"].as_object() else {
            return expect(content_type.is_none() && response.body.is_empty(), "no body");
        };
        let media_type = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
        let described = content.get(media_type).ok_or_else(|| format!("{media_type} is not described"))?;
        let body = match media_type {
            "text/html" => json!(response.body),
            _ => serde_json::from_str(&response.body).map_err(|error| error.to_string())?,
        };
        self.check_value(&described["schema"], &body)
    }

    fn check_value(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let errors: Vec<String> =
            self.validator(schema).iter_errors(value).map(|error| format!("{error} ({schema})")).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().expect("a lock");
        let compile = || {
            // The schema refers to the components of its document.
            let mut schema = schema.clone();
            schema["components"] = self.json["components"].clone();
            let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
            Arc::new(options.build(&schema).expect("a schema"))
        };
        validators.entry(schema.to_string()).or_insert_with(compile).clone()
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value["$ref"].as_str() else { return value };
        let pointer = reference.strip_prefix('#').expect("a reference into the document");
        self.json.pointer(pointer).unwrap_or_else(|| panic!("the document has no {reference}"))
    }
}

fn expect(is_met: bool, expected: &str) -> Result<(), String> {
    if is_met { Ok(()) } else { Err(format!("expected {expected}")) }
}
