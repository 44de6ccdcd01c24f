//! Events that API Gateway should not send. Each gets a 4xx or the usual response, and none a panic.

mod cases;
mod cookies;

use latchkey::aws::Aws;
use latchkey::config::Environment;
use latchkey::error::Error;
use latchkey::http::{self, Failure, Function, Problem, Request, Route, Site, serve};
use latchkey::session::PresentedSession;
use latchkey::time::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::harness::latchkey::environment;
use crate::harness::{Event, Latchkey, NO_ADDRESS_LIMITS, Response};

fn get(path: &str) -> Event {
    Event::new("GET", path)
}

#[tokio::test]
async fn an_odd_event_gets_the_usual_response() {
    let latchkey = Latchkey::start_with(&NO_ADDRESS_LIMITS).await;
    let cases = cases::all();
    assert!(cases.len() >= 50, "{}", cases.len());
    for (name, event, status) in &cases {
        let response = latchkey.send(event).await;
        assert_eq!(response.status, *status, "{name}: {:.300}\n{response:?}", event.json().to_string());
        assert!(response.status < 400 || response.code() != "internal");
    }
}

#[tokio::test]
async fn json_that_is_not_an_event_is_not_found() {
    let latchkey = Latchkey::start().await;
    for value in [
        json!(null),
        json!(5),
        json!("x"),
        json!([]),
        json!({}),
        json!({ "Records": [] }),
        json!({ "source": "aws.events" }),
    ] {
        assert_eq!(latchkey.send_to("signup", &value).await.status, 404, "{value}");
    }
    let surrogate =
        r#"{"rawPath":"/profile","headers":{"x":"\ud800"},"requestContext":{"http":{"method":"GET"}}}"#;
    let raw = RawValue::from_string(surrogate.to_owned()).unwrap();
    let now = Timestamp::from_seconds(latchkey.now());
    let response = serve::respond(&latchkey.functions.profile, &raw, "request-id", now).await;
    assert_eq!(response.status_code, 401, "headers that cannot be read count as missing");
    let deep = format!("{{\"rawPath\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let raw: Result<Box<RawValue>, _> = serde_json::from_str(&deep);
    if let Ok(raw) = raw {
        let response = serve::respond(&latchkey.functions.profile, &raw, "request-id", now).await;
        assert_eq!(response.status_code, 404);
    }
}

#[tokio::test]
async fn a_panic_in_a_handler_is_an_internal_error() {
    struct Panics(Site);
    impl Function for Panics {
        type Action = ();
        const ROUTES: &'static [Route<()>] = &[Route::get("/", ())];
        fn site(&self) -> &Site {
            &self.0
        }
        async fn warm(&self, _: &PresentedSession, _: Timestamp) -> Result<(), Error> {
            Ok(())
        }
        async fn handle(&self, (): (), request: &Request) -> Result<http::Response, Failure> {
            panic!("{}", request.path())
        }
        fn form_with_errors(&self, (): (), _: &Request, _: &Problem<'_>) -> Option<http::Response> {
            panic!("again")
        }
    }
    let latchkey = Latchkey::start().await;
    let environment = Environment::new(environment("profile", latchkey.database.endpoint()));
    let aws = Aws::from_environment(&environment).expect("AWS");
    let function = Panics(Site::from_environment(&environment, &aws).expect("a site"));
    let send = async |event: &Event| {
        let event = serde_json::value::to_raw_value(event.json()).expect("JSON");
        let response = serve::respond(&function, &event, "request-id", Timestamp::from_seconds(0)).await;
        Response::from_event(response)
    };
    let response = send(&get("/")).await;
    assert_eq!((response.status, response.code().as_str()), (500, "internal"));
    let _: Value = response.json();
    let page = send(&get("/").header("accept", "text/html")).await;
    assert_eq!(page.status, 500);
    assert!(
        page.body.contains("Something went wrong"),
        "the response is the error page, because the form panics: {page:?}"
    );
}
