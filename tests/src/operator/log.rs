//! `latchkey log`: what the functions have really logged, in a server with CloudWatch's API.

use serde_json::{Value, json};

use crate::harness::client::credentials;
use crate::harness::command::Operator;
use crate::harness::deployed::{Deployed, Gate};
use crate::harness::latchkey::keys;
use crate::harness::log_entries::LogEntries;
use crate::harness::{Client, Latchkey, Post, SecretsManager, template};
use crate::rules::limiter::wrong;

/// What the command has answered, as sources and entries.
fn entries(answer: &Value) -> Vec<(String, Value)> {
    let entries = answer["entries"].as_array().expect("entries").iter();
    entries.map(|one| (one["source"].as_str().expect("a source").to_owned(), one["entry"].clone())).collect()
}

/// The entries of one second have no order.
fn sorted(mut entries: Vec<(String, Value)>) -> Vec<(String, Value)> {
    entries.sort_by_key(|(source, entry)| (source.clone(), entry.to_string()));
    entries
}

/// A log group that has these entries.
fn group(name: &str, now: i64, entries: &[Value]) -> String {
    let event = |entry: &Value| {
        let message = entry.as_str().map_or_else(|| entry.to_string(), str::to_owned);
        json!({ "timestamp": now * 1000, "message": message })
    };
    let events: Vec<Value> = entries.iter().map(event).collect();
    format!(
        "aws logs create-log-stream --log-group-name {name} --log-stream-name one >&2
        aws logs put-log-events --log-group-name {name} --log-stream-name one --log-events file:///dev/stdin >&2 <<'END'
{}
END
",
        json!(events)
    )
}

/// All requests of the tests have one id, so one gets another.
const REQUEST_ID: &str = "JKJaXmPLvHcESHA=";

/// What the functions have logged, which is in CloudWatch.
struct Logged {
    /// Of ada.l with a wrong password and with the right one, then of eve1 and of a stranger.
    login: Vec<Value>,
    recovery: Vec<Value>,
    mailer: Vec<Value>,
    api: Value,
}

impl Logged {
    /// Lets two users and a stranger do something.
    async fn happen(latchkey: &Latchkey) -> Self {
        let mut post = Post::start(&latchkey.database, &[]).await;
        post.deliver(latchkey).await;
        let lines = LogEntries::collect();
        let login = async |client: Client, fields: Value| {
            let mut client = client;
            client.post(latchkey, "/login", &fields).await;
        };
        login(Client::program().at("198.51.100.7"), wrong("ADA.L")).await;
        login(Client::program(), credentials("ada.l@example.com")).await;
        login(Client::program(), wrong("eve1")).await;
        login(Client::program(), wrong("stranger")).await;
        let mut login = lines.take();
        login[0]["request_id"] = json!(REQUEST_ID);
        Client::program().post(latchkey, "/forgot", &json!({ "identifier": "ada.l" })).await;
        let recovery = lines.take();
        post.deliver(latchkey).await;
        let mailer = lines.take();
        let api = json!({ "requestId": "A=", "request_id": REQUEST_ID, "routeKey": "POST /login" });
        // A reset and a login on an unknown device have written mails.
        assert_eq!((login.len(), recovery.len(), mailer.len()), (4, 1, 2), "{mailer:?}");
        Self { login, recovery, mailer, api }
    }

    async fn put(&self, deployed: &Deployed, now: i64) {
        let script = [
            group("/aws/lambda/latchkey/login", now, &self.login),
            group("/aws/lambda/latchkey/recovery", now, &self.recovery),
            group("/aws/lambda/latchkey/mailer", now, &self.mailer),
            group("/aws/vendedlogs/latchkey/api", now, &[self.api.clone(), json!("hostile \u{1b}[2J")]),
        ];
        deployed.run(&script.concat()).await;
    }

    fn of_ada(&self) -> Vec<(String, Value)> {
        let of = |source: &str, entries: &[Value]| {
            entries.iter().map(|entry| (source.to_owned(), entry.clone())).collect::<Vec<_>>()
        };
        [of("login", &self.login[..2]), of("mailer", &self.mailer), of("recovery", &self.recovery)].concat()
    }
}

#[tokio::test]
async fn the_entries_of_a_user_of_a_request_and_of_an_address_are_found_by_their_pseudonyms() {
    let tables: Vec<String> = template().tables().into_iter().map(|table| table.name).collect();
    // The tables are in the database of the functions.
    let outputs: Vec<(&str, &str)> = tables.iter().map(|table| (&**table, &**table)).collect();
    let deployed = Deployed::start("printf '{}'", &outputs).await;
    let operator = Operator::without_a_stack().await;
    let database = operator.latchkey.database.clone();
    let secrets = SecretsManager::start(&database, &keys()).await;
    let lambda = secrets.serve_lambda().await;
    let gate = Gate::start(&deployed, lambda.trim_start_matches("http://")).await;
    let operator = operator.before(&gate.url, "OperatorPolicy");
    let operator = operator.with("AWS_ENDPOINT_URL_DYNAMODB", database.endpoint());
    let latchkey = &operator.latchkey;
    let mut ada = Client::signed_up(latchkey, "ada.l").await;
    Client::signed_up(latchkey, "eve1").await;
    let id = ada.get(latchkey, "/profile").await.json()["user"]["id"].as_str().expect("an id").to_owned();
    let logged = Logged::happen(latchkey).await;
    logged.put(&deployed, latchkey.now()).await;
    gate.take_used();

    let found = async |arguments: &[&str]| {
        entries(&operator.run(&[&["--json", "log"], arguments].concat()).await.json())
    };
    for who in ["ada.l", "Ada.L@Example.com", &format!("id:{id}")] {
        assert_eq!(sorted(found(&[who]).await), sorted(logged.of_ada()), "{who}");
    }
    let used: Vec<String> = gate.take_used().into_iter().map(|(action, _)| action).collect();
    for action in ["logs:StartQuery", "logs:GetQueryResults"] {
        assert!(used.iter().any(|used| used == action), "{action}");
    }
    let login = |number: usize| ("login".to_owned(), logged.login[number].clone());
    let of_request = [("api".to_owned(), logged.api.clone()), login(0)];
    assert_eq!(sorted(found(&["--request", REQUEST_ID]).await), of_request);
    assert_eq!(found(&["--address", "198.51.100.7"]).await, [login(0)]);
    assert_eq!(found(&["stranger"]).await, [login(3)], "no account has the identifier");
    is_readable(&operator).await;
}

/// What people see, and what a wrong command line is.
async fn is_readable(operator: &Operator) {
    let text = operator.run(&["log", "ada.l"]).await.ok();
    assert!(text.contains("  login      POST /login 401 invalid_credentials milliseconds="), "{text}");
    assert!(text.contains("  mailer     ") && text.contains("outcome=sent"), "{text}");
    let hostile = operator.run(&["log", "--request", "hostile"]).await.ok();
    assert!(hostile.contains("api        hostile \\u{1b}[2J"), "{hostile:?}");
    let nothing = operator.run(&["log", "absent"]).await;
    assert!(nothing.code == 0 && nothing.out.trim().is_empty(), "{nothing:?}");
    assert!(nothing.err.contains("no entry"), "{nothing:?}");
    for wrong in [
        &["log"][..],
        &["log", "--request", "a|b"],
        &["log", "--request", "a/ | stats"],
        &["log", "ada.l", "--since", "x"],
    ] {
        assert_eq!(operator.run(wrong).await.code, 2, "{wrong:?}");
    }
}

#[tokio::test]
async fn the_log_of_make_dev_is_on_its_terminal() {
    let refused = Operator::start().await.run(&["log", "ada.l"]).await;
    assert!(refused.code == 4 && refused.err.contains("on its terminal"), "{refused:?}");
}
