//! The authorizer in front of a deployment's database, as API Gateway asks it.

use authorizer::Authorizer;
use latchkey::config::Environment;
use latchkey::time::Timestamp;
use serde_json::{Value, json, value};

use crate::harness::latchkey::environment;
use crate::harness::{Event, Latchkey};

/// The authorizer function of a deployment.
pub struct Gate(Authorizer);

impl Gate {
    /// Starts it. The variables override those of the template.
    pub fn start(latchkey: &Latchkey, variables: &[(&str, &str)]) -> Self {
        let mut environment = environment("authorizer", latchkey.database.endpoint());
        environment.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self(Authorizer::new(&Environment::new(environment)).expect("a configuration"))
    }

    /// Its answer to the request of an event; an error if it fails.
    pub async fn ask(&self, latchkey: &Latchkey, event: &Event) -> Result<Value, String> {
        // API Gateway names the type, and leaves the body out.
        let mut event = event.json().clone();
        event["type"] = json!("REQUEST");
        event.as_object_mut().expect("an event").remove("body");
        let raw = value::to_raw_value(&event).expect("JSON");
        let now = Timestamp::from_seconds(latchkey.now());
        let answer = authorizer::handle(&self.0, &raw, "request-id", now).await;
        answer.map(|answer| json!(answer)).map_err(|error| error.to_string())
    }

    /// Whether the request passes.
    pub async fn passes(&self, latchkey: &Latchkey, event: &Event) -> bool {
        let answer = self.ask(latchkey, event).await.expect("an answer");
        let passes = answer["isAuthorized"] == true;
        assert_eq!(answer.get("context").is_some(), passes, "{answer}");
        passes
    }
}
