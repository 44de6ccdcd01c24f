//! Whole events, for all functions: the text is the event. `ada1` has an account in the database.

use std::sync::{LazyLock, Mutex};

use argon2::Params;
use latchkey::config::Environment;
use latchkey::password::{Password, PasswordHasher};
use rotation::access_tokens;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;
use tests::functions::Functions;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// All documented statuses, except those of faults, because this database never fails.
const STATUSES: [i64; 16] = [200, 201, 202, 204, 303, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429];
const HEADERS: [&str; 8] = [
    "cache-control",
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "strict-transport-security",
    "vary",
    "x-content-type-options",
];

struct Latchkey {
    runtime: Runtime,
    functions: Functions,
}

static LATCHKEY: LazyLock<Mutex<Latchkey>> = LazyLock::new(|| Mutex::new(Latchkey::start()));

/// Every function responds to any event as documented, with all headers. To a path of another function it responds
/// with 404.
pub fn event(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(event) = RawValue::from_string(text.to_owned()) else { return };
    let latchkey = LATCHKEY.lock().expect("no panic before");
    let read = read(&event);
    for name in Functions::NAMES {
        responds(&latchkey, name, &event, &read);
    }
}

fn responds(latchkey: &Latchkey, name: &str, event: &RawValue, read: &Read) {
    let response = latchkey.functions.respond(name, event, crate::NOW);
    let response = latchkey.runtime.block_on(response).expect("a function");
    let status = response.status_code;
    // API Gateway names its host in every event. Without one there is no issuer, which is a fault.
    let has_no_issuer = status == 500 && ["discovery", "token"].contains(&name) && read.host.is_none();
    assert!(STATUSES.contains(&status) || has_no_issuer, "{response:?}");
    let has = |name: &str| response.headers.contains_key(name);
    // What is the same for everyone does not vary.
    let is_public = has("access-control-allow-origin");
    assert!(HEADERS.iter().all(|name| has(name) || is_public && *name == "vary"), "{response:?}");
    let is_own = Functions::routes(name).iter().any(|(_, path)| read.path.as_deref() == Some(*path));
    assert_eq!(status == 404, !is_own, "{response:?}");
    assert!(is_own || response.cookies.is_empty());
    assert!(status != 429 || response.headers.contains_key("retry-after"));

    let body = response.body.map(|body| String::from_utf8(body.to_vec()).expect("UTF-8"));
    let content_type = response.headers.get("content-type").map(|value| value.to_str().expect("ASCII"));
    match (content_type, body) {
        (Some("application/problem+json"), Some(body)) => {
            let problem: Value = serde_json::from_str(&body).expect("JSON");
            assert!(problem["status"] == status && status >= 400 && problem["code"].is_string(), "{body}");
        }
        (Some("application/json"), Some(body)) => {
            let found: Value = serde_json::from_str(&body).expect("JSON");
            let is_account = found["user"].is_object() && found["session"].is_object();
            let is_public_document = found["keys"].is_array() || found["issuer"].is_string();
            let is_error = found["error"].is_string() && found["status"] == status;
            assert!(is_error && status >= 400 || is_public_document == is_public, "{body}");
            assert!(is_error || is_public || is_account, "{body}");
        }
        (Some("text/html; charset=utf-8"), Some(page)) => {
            assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>"), "{page}");
            assert!(!page.to_lowercase().contains("<script"), "{page}");
        }
        (_, body) => assert_eq!(body, None),
    }
}

/// What the functions read of an event.
#[derive(Default)]
struct Read {
    path: Option<String>,
    /// The host of the API.
    host: Option<String>,
}

/// Reads an event as the functions do, and not as a `Value`: another member may hold half of a pair of surrogates,
/// which makes none. An event that has a member twice has nothing, because no one knows which of the two counts.
fn read(event: &RawValue) -> Read {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "of the others only that each occurs once is of interest")]
    struct Event<'a> {
        #[serde(borrow)]
        raw_path: Option<&'a RawValue>,
        #[serde(borrow)]
        request_context: Option<&'a RawValue>,
        body: Option<IgnoredAny>,
        cookies: Option<IgnoredAny>,
        headers: Option<IgnoredAny>,
        is_base64_encoded: Option<IgnoredAny>,
        raw_query_string: Option<IgnoredAny>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Context<'a> {
        #[serde(borrow)]
        domain_name: Option<&'a RawValue>,
    }
    let text = |member: Option<&RawValue>| serde_json::from_str(member?.get()).ok();
    let Ok(event) = serde_json::from_str::<Event>(event.get()) else { return Read::default() };
    let context =
        event.request_context.and_then(|context| serde_json::from_str::<Context>(context.get()).ok());
    Read { path: text(event.raw_path), host: text(context.and_then(|context| context.domain_name)) }
}

impl Latchkey {
    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let cheap = || PasswordHasher::new(Params::new(8, 1, 1, None).expect("parameters"));
        let password = Password::parse("correct horse battery").expect("a password");
        let password_hash = cheap().hash(&password).expect("a hash");
        runtime.spawn(crate::database::serve(listener, password_hash));
        let variables = [
            ("STACK_NAME", crate::STACK),
            ("SIGNING_KEYS", &crate::keys()),
            ("USERS_TABLE", "users"),
            ("CREDENTIALS_TABLE", "credentials"),
            ("SESSIONS_TABLE", "sessions"),
            ("LIMITS_TABLE", "limits"),
            ("MAILS_TABLE", "mails"),
            ("PROOFS_TABLE", "proofs"),
            ("KEYS_TABLE", "keys"),
            ("ACCESS_TOKEN_KEYS", &access_tokens::first(crate::NOW).expect("a key pair")),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "fuzz"),
            ("AWS_SECRET_ACCESS_KEY", "fuzz"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint),
        ];
        let environment =
            Environment::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let mut functions = Functions::start(|_| environment.clone()).expect("a configuration");
        functions.hash_with(cheap);
        Self { runtime, functions }
    }
}
