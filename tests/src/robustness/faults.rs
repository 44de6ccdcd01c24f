//! Every kind of failure at every database call of every route, once and lasting: what the client is told, and
//! what must be true afterwards.

use futures_util::future::join_all;
use latchkey::password::PasswordHasher;
use serde_json::{Value, json};

use crate::harness::client::{account, credentials};
use crate::harness::{Client, Fault, Latchkey, Response};
use crate::rules::limiter::wrong;

/// A request, and one of the calls that it makes.
#[derive(Debug, Clone, Copy)]
struct Point {
    request: &'static str,
    operation: &'static str,
    /// Without it the request cannot be done. Of the others nothing is seen.
    is_needed: bool,
}

const fn needed(request: &'static str, operation: &'static str) -> Point {
    Point { request, operation, is_needed: true }
}

const fn ignored(request: &'static str, operation: &'static str) -> Point {
    Point { request, operation, is_needed: false }
}

const POINTS: [Point; 18] = [
    needed("sign-up", "take slot"),
    needed("sign-up", "TransactWriteItems"),
    needed("log-in", "count failure"),
    needed("log-in", "take slot"),
    needed("log-in", "GetItem credentials"),
    needed("log-in", "PutItem sessions"),
    needed("log-in", "GetItem users"),
    needed("log-in", "DeleteItem sessions"),
    ignored("log-in", "DeleteItem limits"),
    ignored("log-in", "UpdateItem credentials"),
    ignored("log-in", "release slot"),
    ignored("log-in refused", "release failure"),
    needed("profile", "BatchGetItem"),
    ignored("renewal", "UpdateItem sessions"),
    needed("log-out", "DeleteItem sessions"),
    needed("home", "BatchGetItem"),
    needed("sign-up form", "BatchGetItem"),
    needed("log-in form", "BatchGetItem"),
];

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The next try may succeed, and is made.
    Transient,
    /// A later request may succeed.
    Busy,
    /// The deployment is wrong.
    Fatal,
    /// The item is not as it was thought to be.
    Condition,
    /// The reasons of a cancelled transaction.
    Cancelled,
}

fn kinds() -> Vec<(&'static str, Fault, Meaning)> {
    use Meaning::{Busy, Cancelled, Condition, Fatal, Transient};
    let mut kinds = vec![
        ("silent", Fault::Silent, Transient),
        ("applied and silent", Fault::AppliedAndSilent, Transient),
        ("broken", Fault::Broken, Transient),
        ("applied and broken", Fault::AppliedAndBroken, Transient),
        ("applied and lost", Fault::AppliedAndLost, Transient),
        ("garbage", Fault::Garbage, Fatal),
        ("conflicts", Fault::cancelled(&["None", "TransactionConflict", "None", "None"]), Cancelled),
        ("throttled", Fault::cancelled(&["ThrottlingError", "None", "None", "None"]), Cancelled),
        ("mixed", Fault::cancelled(&["None", "TransactionConflict", "ValidationError", "None"]), Fatal),
    ];
    for (status, code, meaning) in [
        (400, "ProvisionedThroughputExceededException", Transient),
        (400, "ThrottlingException", Transient),
        (400, "RequestLimitExceeded", Transient),
        (400, "TransactionInProgressException", Transient),
        (500, "InternalServerError", Transient),
        (503, "ServiceUnavailable", Transient),
        (400, "TransactionConflictException", Busy),
        (400, "ConditionalCheckFailedException", Condition),
        (400, "ResourceNotFoundException", Fatal),
        (400, "AccessDeniedException", Fatal),
        (400, "ExpiredTokenException", Fatal),
        (400, "UnrecognizedClientException", Fatal),
        (400, "ValidationException", Fatal),
    ] {
        kinds.push((code, Fault::error(status, code), meaning));
    }
    kinds
}

/// What the client is told.
fn expected(point: Point, (meaning, lasts): (Meaning, bool)) -> i64 {
    let done = match point.request {
        "sign-up" => 201,
        "log-in" | "profile" | "renewal" | "home" => 200,
        "log-in refused" => 429,
        "log-out" => 204,
        _ => 303,
    };
    let limiter = matches!(point.operation, "count failure" | "take slot");
    match meaning {
        // A renewal whose item is gone has no session left to response with.
        Meaning::Condition if point.request == "renewal" => 401,
        _ if !point.is_needed => done,
        // The limiter looks at the item again.
        Meaning::Condition if limiter && !lasts => done,
        Meaning::Condition if limiter => 503,
        Meaning::Cancelled if point.operation == "TransactWriteItems" && !lasts => done,
        Meaning::Cancelled if point.operation == "TransactWriteItems" => 503,
        Meaning::Cancelled | Meaning::Condition | Meaning::Fatal => 500,
        Meaning::Busy => 503,
        Meaning::Transient if lasts => 503,
        Meaning::Transient => done,
    }
}

/// A person in one cell of the matrix.
struct Cell<'a> {
    latchkey: &'a Latchkey,
    name: String,
    client: Client,
}

impl Cell<'_> {
    /// Everything up to the request itself.
    async fn prepare(&mut self, request: &str) {
        let Self { latchkey, name, client } = self;
        if request == "sign-up" {
            return;
        }
        assert_eq!(client.post(latchkey, "/signup", &account(name)).await.status, 201);
        if request.starts_with("log-in") && request != "log-in form" {
            // With a session, but on no known device; with a counter of the address that is busy.
            client.cookies.remove("__Host-device");
            let guesses = if request == "log-in" { 1 } else { 20 };
            for number in 0..guesses {
                let response = client.post(latchkey, "/login", &wrong(&format!("{name}-{number}"))).await;
                assert_eq!(response.status, 401);
            }
        }
        if request == "renewal" {
            latchkey.pass(86_400);
        }
    }

    async fn send(&mut self, request: &str) -> Response {
        let Self { latchkey, name, client } = self;
        match request {
            "sign-up" => client.post(latchkey, "/signup", &account(name)).await,
            "log-in" | "log-in refused" => client.post(latchkey, "/login", &credentials(name)).await,
            "profile" | "renewal" => client.get(latchkey, "/profile").await,
            "log-out" => client.post(latchkey, "/logout", &json!({})).await,
            "home" => client.get(latchkey, "/").await,
            "sign-up form" => client.get(latchkey, "/signup").await,
            _ => client.get(latchkey, "/login").await,
        }
    }

    /// What must be true after whatever happened, and in which the next request finds no trace of it.
    async fn check(&mut self, request: &'static str, presented: &Client, response: &Response) {
        let gives_session = response.cookies.iter().any(|cookie| cookie.starts_with("__Host-session=e"));
        if response.status >= 500 {
            assert!(response.cookies.is_empty(), "a failure touches no cookie");
            assert_eq!(response.header("retry-after").is_some(), response.status == 503);
        }
        if gives_session {
            assert!(self.client.is_signed_in(self.latchkey).await, "no cookie without a item");
        }
        if response.status == 204 {
            assert!(!presented.is_signed_in(self.latchkey).await, "a log-out that was told counts");
        }
        check_accounts(self.latchkey);
        check_body(response);

        match request {
            "log-in refused" => {}
            "sign-up" if response.status == 201 => {}
            "sign-up" => {
                // It may have been applied, and then it is whole.
                let again = self.send(request).await;
                assert!(again.status == 201 || again.code() == "username_taken", "{again:?}");
            }
            "log-out" if response.status == 204 => {}
            "log-out" => {
                let again = self.send(request).await;
                assert!(matches!(again.status, 204 | 401), "{again:?}");
                assert!(!presented.is_signed_in(self.latchkey).await);
            }
            "renewal" if response.status == 401 => assert!(self.client.is_signed_in(self.latchkey).await),
            _ => assert_eq!(self.send(request).await.status, expected_without_fault(request)),
        }
        let elsewhere = Client::program().post(self.latchkey, "/login", &credentials(&self.name)).await;
        assert_eq!(elsewhere.status, 200, "whoever has an account can log in");
    }
}

fn expected_without_fault(request: &'static str) -> i64 {
    expected(ignored(request, ""), (Meaning::Transient, false))
}

/// No half account: every user has exactly two credentials with a hash that can be used, and no credential is a stranger's.
pub fn check_accounts(latchkey: &Latchkey) {
    let users = latchkey.database.items("UsersTable");
    let items = latchkey.database.items("CredentialsTable");
    assert_eq!(items.len(), 2 * users.len());
    for user in users {
        let text = |name: &str| user[name]["S"].as_str().expect("a string").to_owned();
        let keys = [format!("username#{}", text("username_canonical")), format!("email#{}", text("email"))];
        for key in keys {
            let item = items.iter().find(|item| item["identifier"]["S"] == *key).expect("a credential");
            assert_eq!(item["user_id"], user["user_id"]);
            assert!(item["password_hash"]["S"].as_str().expect("a hash").starts_with("$argon2id$v=19$"));
        }
    }
}

/// An error is a problem or a page, and tells nothing of what is behind it.
pub fn check_body(response: &Response) {
    if response.status < 400 {
        return;
    }
    if response.body.starts_with('{') {
        response.code();
    }
    for word in ["Table", "dynamo", "Dynamo", "amazonaws", "Exception", "Sdk", "127.0.0.1", "panic", "src/"] {
        assert!(!response.body.contains(word), "{word}: {response:?}");
    }
}

async fn all_kinds_at(point: Point) -> usize {
    let mut latchkey = Latchkey::start().await;
    if point.operation == "UpdateItem credentials" {
        latchkey.functions.login.hasher =
            PasswordHasher::new(argon2::Params::new(16, 1, 1, None).expect("parameters"));
    }
    let mut cells = 0;
    for (kind, fault, meaning) in kinds() {
        for lasts in [false, true] {
            let name = format!("user{cells}");
            let mut cell = Cell { latchkey: &latchkey, name, client: Client::program() };
            cell.prepare(point.request).await;
            let presented = cell.client.clone();
            let hashes = latchkey.functions.login.hasher.computed();
            latchkey.database.take_calls();
            if lasts {
                latchkey.database.fail_always(point.operation, fault.clone());
            } else {
                latchkey.database.fail_next(point.operation, fault.clone());
            }
            let response = cell.send(point.request).await;
            let context = format!("{point:?}, {kind}, {}", if lasts { "lasting" } else { "once" });
            assert_eq!(response.status, expected(point, (meaning, lasts)), "{context}: {response:?}");
            let made = latchkey.database.take_operations();
            assert!(
                made.iter().any(|name| name == point.operation),
                "{context}: the call was made: {made:?}"
            );
            if point.request == "log-in" && point.operation.ends_with(['e', 't']) && response.status >= 500 {
                assert_eq!(
                    latchkey.functions.login.hasher.computed(),
                    hashes,
                    "{context}: nothing is hashed uncounted"
                );
            }
            latchkey.database.clear_faults();
            cell.check(point.request, &presented, &response).await;
            cells += 1;
        }
    }
    cells
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_failure_at_every_call() {
    let cells = join_all(POINTS.map(|point| tokio::spawn(all_kinds_at(point)))).await;
    let total: usize = cells.into_iter().map(|cells| cells.expect("no panic")).sum();
    assert_eq!(total, 18 * 22 * 2);
}

#[tokio::test]
async fn a_malformed_item_logs_no_user_in_and_reveals_nothing() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let stored = |table: &str| latchkey.database.items(table).pop().expect("a item");
    let damaged = |table: &str| {
        let item = stored(table);
        let names: Vec<String> = item.as_object().expect("a item").keys().cloned().collect();
        names.into_iter().flat_map(move |name| {
            let (mut without, mut mistyped) = (item.clone(), item.clone());
            without.as_object_mut().expect("a item").remove(&name);
            mistyped[&name] = json!({ "BOOL": true });
            [without, mistyped]
        })
    };
    let mut seen = Vec::new();
    for table in ["CredentialsTable", "UsersTable"] {
        for item in damaged(table) {
            let operation = if table == "UsersTable" { "GetItem users" } else { "GetItem credentials" };
            latchkey.database.fail_next(operation, Fault::Refused(200, json!({ "Item": item })));
            let response = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
            assert!(response.cookies.is_empty() || response.status == 200, "{item}");
            check_body(&response);
            seen.push(response.status);
            latchkey.database.clear_faults();
        }
    }
    for table in ["SessionsTable", "UsersTable"] {
        for item in damaged(table) {
            let mut items =
                json!({ "SessionsTable": [stored("SessionsTable")], "UsersTable": [stored("UsersTable")] });
            items[table] = json!([item]);
            let response = Fault::Refused(200, json!({ "Responses": items, "UnprocessedKeys": {} }));
            latchkey.database.fail_next("BatchGetItem", response);
            let response = client.get(&latchkey, "/profile").await;
            check_body(&response);
            seen.push(response.status);
        }
    }
    let counted = |status| seen.iter().filter(|seen| **seen == status).count();
    assert!(counted(500) >= 40, "what is needed is missed: {seen:?}");
    assert_eq!(counted(500) + counted(200) + counted(401), seen.len());
    assert_eq!(client.get(&latchkey, "/profile").await.status, 200);
}

#[tokio::test]
async fn keys_that_stay_unprocessed_make_the_service_unavailable() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let items = |table: &str| json!(latchkey.database.items(table));
    let keys = |table: &str, names: &[&str]| {
        let item = latchkey.database.items(table).pop().expect("a item");
        let key: serde_json::Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), item[*name].clone())).collect();
        json!({ "Keys": [key], "ConsistentRead": true })
    };
    let user = keys("UsersTable", &["user_id"]);
    let session = keys("SessionsTable", &["user_id", "session_id"]);
    for (responses, unprocessed) in [
        (json!({}), json!({ "UsersTable": user, "SessionsTable": session })),
        (json!({ "SessionsTable": items("SessionsTable") }), json!({ "UsersTable": user })),
        (json!({ "UsersTable": items("UsersTable") }), json!({ "SessionsTable": session })),
    ] {
        let partial = Fault::Refused(200, json!({ "Responses": responses, "UnprocessedKeys": unprocessed }));
        for path in ["/profile", "/signup", "/login", "/"] {
            for lasting in [false, true] {
                if lasting {
                    latchkey.database.fail_always("BatchGetItem", partial.clone());
                } else {
                    latchkey.database.fail_next("BatchGetItem", partial.clone());
                }
                let response = client.clone().get(&latchkey, path).await;
                latchkey.database.clear_faults();
                let done = if path.len() > 1 && path != "/profile" { 303 } else { 200 };
                assert_eq!(response.status, if lasting { 503 } else { done }, "{path}");
            }
        }
    }
}
