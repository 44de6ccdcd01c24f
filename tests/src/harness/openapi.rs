//! `infra/openapi.yaml`, and whether an answer is one that it describes.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::harness::{Answer, Event, root};

/// The description of the API.
pub struct Description {
    document: Value,
    /// By the text of their schemas.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| {
    let text = std::fs::read_to_string(root().join("infra/openapi.yaml")).expect("infra/openapi.yaml");
    Description { document: local::template::yaml(&text).expect("YAML"), validators: Mutex::default() }
});

/// The description in the repository.
pub fn description() -> &'static Description {
    &DESCRIPTION
}

impl Description {
    /// The description as JSON.
    pub fn json(&self) -> &Value {
        &self.document
    }

    /// Method and path of every operation.
    pub fn routes(&self) -> Vec<(String, String)> {
        let paths = self.document["paths"].as_object().expect("paths");
        let operations = |(path, methods): (&String, &Value)| -> Vec<(String, String)> {
            let methods = methods.as_object().expect("operations").keys();
            methods.map(|method| (method.to_uppercase(), path.clone())).collect()
        };
        paths.iter().flat_map(operations).collect()
    }

    /// Compares an answer with what is described for its request.
    ///
    /// # Errors
    /// What the description does not allow.
    pub fn check(&self, event: &Event, answer: &Answer) -> Result<(), String> {
        let text = |pointer: &str| event.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (method, path) = (text("/requestContext/http/method"), text("/rawPath"));
        let response = self.response(method, path, answer)?;
        self.check_headers(response, answer)?;
        self.check_body(response, answer, method == "HEAD")
    }

    /// The described response; HEAD is answered as GET.
    fn response(&self, method: &str, path: &str, answer: &Answer) -> Result<&Value, String> {
        let common = |status: i64, name: &str| {
            expect(answer.status == status, &format!("{status}, because the request is not described"))?;
            Ok(&self.document["components"]["responses"][name])
        };
        let Some(operations) = self.document["paths"].get(path).and_then(Value::as_object) else {
            return common(404, "NotFound");
        };
        let method = if method == "HEAD" { "GET" } else { method };
        let Some((_, operation)) = operations.iter().find(|(known, _)| known.to_uppercase() == method) else {
            return common(405, "MethodNotAllowed");
        };
        let response = operation["responses"].get(answer.status.to_string());
        response
            .map(|response| self.resolved(response))
            .ok_or_else(|| "the status is not described".to_owned())
    }

    fn check_headers(&self, response: &Value, answer: &Answer) -> Result<(), String> {
        let own = response["headers"].as_object().into_iter().flatten();
        let every = self.document["x-headers-of-every-response"].as_object().into_iter().flatten();
        let described: HashMap<String, &Value> = own
            .chain(every)
            .map(|(name, header)| (name.to_ascii_lowercase(), self.resolved(header)))
            .collect();

        let cookies = answer.cookies.iter().map(|cookie| ("set-cookie", cookie.as_str()));
        let headers = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
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

    fn check_body(&self, response: &Value, answer: &Answer, is_head: bool) -> Result<(), String> {
        let content_type = answer.header("content-type");
        let Some(content) = response["content"].as_object() else {
            return expect(content_type.is_none() && answer.body.is_empty(), "no body");
        };
        let media_type = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
        let described = content.get(media_type).ok_or_else(|| format!("{media_type} is not described"))?;
        if is_head {
            return expect(answer.body.is_empty(), "no body for HEAD");
        }
        let body = match media_type {
            "text/html" => json!(answer.body),
            _ => serde_json::from_str(&answer.body).map_err(|error| error.to_string())?,
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
            // What it refers to stands beside it.
            let mut schema = schema.clone();
            schema["components"] = self.document["components"].clone();
            let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
            Arc::new(options.build(&schema).expect("a schema"))
        };
        validators.entry(schema.to_string()).or_insert_with(compile).clone()
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value["$ref"].as_str() else { return value };
        let pointer = reference.strip_prefix('#').expect("a reference into the document");
        self.document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }
}

fn expect(is_so: bool, expected: &str) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(format!("expected {expected}")) }
}
