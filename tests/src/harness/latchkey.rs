//! The functions in front of a database, each with exactly the variables of the template.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};

use data_encoding::BASE64URL_NOPAD;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use latchkey::account::UserId;
use latchkey::aws::Aws;
use latchkey::config::Environment;
use latchkey::password::PasswordHasher;
use latchkey::store;
use latchkey::time::Timestamp;
use rotation::access_tokens;
use serde_json::{Value, json};

use crate::functions::Functions;
use crate::harness::event::DOMAIN;
use crate::harness::openapi::document;
use crate::harness::{Database, Event, log_entries, mail, template};

/// The id of the signing key in the tests, and the key.
pub const KID: &str = "0";
pub const SECRET: [u8; 32] = [7; 32];
/// The name of the stack in the tests.
pub const STACK: &str = "latchkey-test";

/// For tests that send many requests from one address.
pub const NO_ADDRESS_LIMITS: [(&str, &str); 3] =
    [("LOGIN_PER_MINUTE", "0"), ("LOGIN_PER_HOUR", "0"), ("SIGNUP_PER_HOUR", "0")];

/// A deployment of Latchkey in this process.
pub struct Latchkey {
    pub database: Database,
    pub functions: Functions,
    now: AtomicI64,
}

/// A response as API Gateway sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: i64,
    pub headers: HashMap<String, String>,
    pub cookies: Vec<String>,
    pub body: String,
}

impl Response {
    pub fn from_event(response: ApiGatewayV2httpResponse) -> Self {
        let text = |value: &lambda_http::http::HeaderValue| value.to_str().expect("ASCII").to_owned();
        Self {
            status: response.status_code,
            headers: response.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            cookies: response.cookies,
            body: response
                .body
                .map(|body| String::from_utf8(body.to_vec()).expect("UTF-8"))
                .unwrap_or_default(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The code of a problem, which `/token` presents as OAuth does.
    pub fn code(&self) -> String {
        let problem = self.json();
        let media_type =
            if problem["error"].is_string() { "application/json" } else { "application/problem+json" };
        assert_eq!(self.header("content-type"), Some(media_type), "{self:?}");
        assert_eq!(problem["status"], self.status);
        problem["code"].as_str().expect("a code").to_owned()
    }

    /// Field and code of every error in the input.
    pub fn field_errors(&self) -> Vec<(String, String)> {
        let text = |error: &Value, name: &str| error[name].as_str().expect("a string").to_owned();
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| (text(error, "field"), text(error, "code"))).collect()
    }
}

/// The value of `ACCESS_TOKEN_KEYS`. Making it takes a while, so all tests have the same.
pub static ACCESS_TOKEN_KEYS: LazyLock<String> =
    LazyLock::new(|| access_tokens::first(Timestamp::from_seconds(0)).expect("a key pair"));

/// The value of `SIGNING_KEYS`.
pub fn keys() -> String {
    json!({ KID: BASE64URL_NOPAD.encode(&SECRET) }).to_string()
}

/// The variables of a function: those of the template, and those that AWS sets.
pub fn environment(function: &str, endpoint: &str) -> HashMap<String, String> {
    let functions = template().functions();
    let function = functions.into_iter().find(|known| known.name == function).expect("a function");
    let mut variables: HashMap<String, String> = function.environment.into_iter().collect();
    for (name, value) in [
        ("STACK_NAME", STACK),
        mail::ON,
        ("SIGNING_KEYS", &keys()),
        ("ACCESS_TOKEN_KEYS", &*ACCESS_TOKEN_KEYS),
        // The template computes it from the API.
        ("ISSUER", &format!("https://{DOMAIN}")),
        ("AWS_REGION", "eu-central-1"),
        // The proxy finds the function and its policy by this key.
        ("AWS_ACCESS_KEY_ID", &*function.name),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    if function.name == "mailer" {
        variables.extend(mail::SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    variables
}

impl Latchkey {
    /// An empty deployment.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// An empty deployment. The variables override those of the template.
    pub async fn start_with(variables: &[(&str, &str)]) -> Self {
        let mut latchkey = Self::start_with_real_hashes(variables).await;
        latchkey.hash_cheaply();
        latchkey
    }

    /// Lowers the cost of the hashes, for tests of other things.
    pub fn hash_cheaply(&mut self) {
        let params = || argon2::Params::new(8, 1, 1, None).expect("parameters");
        self.functions.hash_with(|| PasswordHasher::new(params()));
    }

    /// An empty deployment whose hashes cost as much as on AWS.
    pub async fn start_with_real_hashes(variables: &[(&str, &str)]) -> Self {
        Self::before(&Database::start().await, variables)
    }

    /// Another execution environment of the same functions, in front of this database.
    pub fn before(database: &Database, variables: &[(&str, &str)]) -> Self {
        log_entries::init();
        let environment = |function: &str| {
            let mut environment = environment(function, database.endpoint());
            environment
                .extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            Environment::new(environment)
        };
        Self {
            functions: Functions::start(environment).expect("a configuration"),
            now: AtomicI64::new(1_795_165_200),
            database: database.clone(),
        }
    }

    /// Reads the signing keys, as each function does at its start.
    pub async fn load(&self) {
        let now = Timestamp::from_seconds(self.now());
        for site in self.functions.sites() {
            site.load_keys(now).await.expect("keys");
        }
    }

    /// The time of the tests' clock.
    pub fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    /// Moves the clock forward.
    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Ends all sessions of a user, as the operator does.
    pub async fn raise_epoch(&self, username: &str) {
        let items = self.database.items("UsersTable");
        let item = items.iter().find(|item| item["username_canonical"]["S"] == *username).expect("a user");
        let id = UserId::parse(item["user_id"]["S"].as_str().expect("an id")).expect("an id");
        let mut variables = environment("signup", self.database.endpoint());
        variables.insert("AWS_ACCESS_KEY_ID".to_owned(), "operator".to_owned());
        let environment = Environment::new(variables);
        let client = store::client(&Aws::from_environment(&environment).expect("AWS"));
        let user = store::Users::new(&client, &environment).expect("a table").get(&id).await;
        let accounts = store::Accounts::new(&client, &environment).expect("tables");
        let (user, now) = (user.expect("a response").expect("a user"), Timestamp::from_seconds(self.now()));
        let ended = accounts.end_sessions(&user, user.next_version(), None, now).await.expect("a response");
        assert!(ended.is_some(), "no other request changes the user");
    }

    /// Sends an event to the function that has its route. Compares the response with
    /// `infra/openapi.yaml`.
    pub async fn send(&self, event: &Event) -> Response {
        let path = event.json()["rawPath"].as_str().unwrap_or_default();
        let name = Functions::with_path(path).unwrap_or(&CATCH_ALL);
        let response = self.send_to(name, event.json()).await;
        if let Err(error) = document().check(event, &response) {
            panic!("infra/openapi.yaml: {error}\n{:.1000}\n{response:?}", event.json().to_string());
        }
        response
    }

    /// Sends any JSON to the function of this name.
    pub async fn send_to(&self, name: &str, event: &Value) -> Response {
        let event = serde_json::value::to_raw_value(event).expect("JSON");
        let response = self.functions.respond(name, &event, Timestamp::from_seconds(self.now()));
        Response::from_event(response.await.expect("a function"))
    }
}

/// The function that has all paths without a function.
static CATCH_ALL: LazyLock<String> = LazyLock::new(|| {
    let catch_all = ("ANY".to_owned(), "$default".to_owned());
    let functions = template().functions().into_iter();
    functions.filter(|function| function.routes.contains(&catch_all)).map(|function| function.name).collect()
});
