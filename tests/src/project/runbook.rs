//! The runbook: its commands are run with the AWS CLI, and do what it says.

mod epochs;
mod private_keys;

use latchkey::http::problem::Code;
use serde_json::{Value, json};

use crate::functions::Functions;
use crate::harness::client::{account, credentials};
use crate::harness::latchkey::{KID, keys};
use crate::harness::log_entries::LogEntries;
use crate::harness::mail::token;
use crate::harness::{Client, Database, Latchkey, Post, SecretsManager, operator, root};
use crate::rules::limiter::{guess, wrong};

/// The runbook itself.
fn text() -> String {
    std::fs::read_to_string(root().join("docs/operating.md")).expect("docs/operating.md")
}

/// The blocks of shell commands under a heading.
fn blocks(heading: &str) -> Vec<String> {
    let text = text();
    let (_, section) =
        text.split_once(&format!("# {heading}\n")).unwrap_or_else(|| panic!("{heading} is missing"));
    let section = section.split("\n#").next().expect("a section");
    let blocks: Vec<String> = section
        .split("```sh\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .map(str::to_owned)
        .collect();
    assert!(!blocks.is_empty(), "{heading}");
    blocks
}

/// All of them.
pub fn commands(heading: &str) -> String {
    blocks(heading).concat()
}

/// Those that find the user of this name.
fn find(identifier: &str) -> String {
    commands("Find a user").replace("username#ada.l", identifier)
}

/// Runs shell commands as an operator, who knows the names of the tables and of the secret; what they print.
async fn run(database: &Database, commands: &str) -> String {
    let names = [
        ("USERS", "UsersTable"),
        ("CREDENTIALS", "CredentialsTable"),
        ("SESSIONS", "SessionsTable"),
        ("LIMITS", "LimitsTable"),
        ("MAILS", "MailsTable"),
        ("KEYS", "SigningKeysSecret"),
        ("TOKEN_KEYS", "AccessTokenKeysSecret"),
        ("ROTATION", "rotation"),
    ];
    operator::run(operator::SH, commands, database.endpoint(), &names).await
}

/// The same for the user `ada.l`, under this heading.
async fn operate(database: &Database, heading: &str) -> String {
    run(database, &format!("{}\n{}", find("username#ada.l"), commands(heading))).await
}

async fn role(client: &mut Client, latchkey: &Latchkey) -> String {
    client.get(latchkey, "/profile").await.json()["user"]["role"].as_str().expect("a role").to_owned()
}

#[tokio::test]
async fn an_operator_finds_locks_promotes_logs_out_and_deletes_a_user() {
    let database = Database::start().await;
    let latchkey = Latchkey::before(&database, &[]);
    let secrets = SecretsManager::start(&database, &keys()).await;
    let lambda = format!("export AWS_ENDPOINT_URL_LAMBDA={}", secrets.serve_lambda().await);
    let lift = [lambda, find("username#ada.l"), commands("Lift a lock")].join("\n");
    let mut ada = Client::signed_up(&latchkey, "ada.l").await;
    let other = Client::signed_up(&latchkey, "eve1").await;
    let id = ada.get(&latchkey, "/profile").await.json()["user"]["id"].clone();
    let found = run(&database, &find("email#ada.l@example.com")).await;
    assert!(found.contains(id.as_str().expect("an id")), "{found}");

    operate(&database, "Make an admin").await;
    assert_eq!(role(&mut ada, &latchkey).await, "admin");

    operate(&database, "Attributes").await;
    let profile = ada.get(&latchkey, "/profile").await.json();
    assert_eq!(profile["user"]["attributes"], json!({ "plan": "pro", "seats": 12 }));

    operate(&database, "Lock a user out").await;
    assert!(!ada.is_signed_in(&latchkey).await);
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada.l")).await.status, 401);
    let active =
        format!("{}\n{}", commands("Find a user"), commands("Lock a user out").replace("disabled", "active"));
    run(&database, &active).await;
    assert!(ada.is_signed_in(&latchkey).await);

    operate(&database, "End all sessions of a user").await;
    assert!(!ada.is_signed_in(&latchkey).await);
    for identifier in ["ada.l", "ada.l@example.com"] {
        let mut again = Client::program();
        assert_eq!(again.post(&latchkey, "/login", &credentials(identifier)).await.status, 200);
        assert!(again.is_signed_in(&latchkey).await);
        ada = again;
    }
    assert_eq!(role(&mut ada, &latchkey).await, "admin", "nothing else was changed");

    guess(&latchkey, &Client::program(), "ada.l").await;
    latchkey.pass(2);
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada.l")).await.status, 429);
    assert!(run(&database, &lift).await.contains("failures"));
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada.l")).await.status, 200);
    assert!(!run(&database, &lift).await.contains("failures"));

    let id = json!({ "S": id });
    let is_ada = |item: &&Value| item["user_id"] == id;
    assert!(database.items("SessionsTable").iter().filter(is_ada).count() > 2);
    operate(&database, "Delete a user").await;
    for table in ["UsersTable", "CredentialsTable", "SessionsTable"] {
        assert_eq!(database.items(table).iter().filter(is_ada).count(), 0, "{table}");
    }
    assert!(!ada.is_signed_in(&latchkey).await);
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada.l")).await.status, 401);
    assert_eq!(Client::program().post(&latchkey, "/signup", &account("ada.l")).await.status, 201);
    assert!(other.is_signed_in(&latchkey).await, "the other user is not affected");
}

#[tokio::test]
async fn an_operator_starts_a_reset_and_never_knows_the_password() {
    let database = Database::start().await;
    let latchkey = Latchkey::before(&database, &[]);
    Client::signed_up(&latchkey, "ada.l").await;
    let mut post = Post::start(&database, &[]).await;
    let start = commands("Start a reset for a user");
    run(&database, &format!("{}{start}", find("username#mistyped"))).await;
    assert!(post.deliver(&latchkey).await.is_empty(), "no one has the identifier");
    run(&database, &format!("{}{start}", find("username#ada.l"))).await;
    let mails = post.deliver(&latchkey).await;
    assert_eq!(mails[0]["to"], "ada.l@example.com");
    assert!(mails[0]["text"].as_str().expect("text").contains("by the operator."), "{}", mails[0]["text"]);
    let new = json!({ "token": token(&mails[0]), "password": "a new long password" });
    assert_eq!(Client::program().post(&latchkey, "/reset", &new).await.status, 204);
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada.l")).await.status, 401);
    for identifier in ["ada.l", "ada.l@example.com"] {
        let new = json!({ "identifier": identifier, "password": "a new long password" });
        assert_eq!(Client::program().post(&latchkey, "/login", &new).await.status, 200, "{identifier}");
    }
}

#[tokio::test]
async fn a_name_that_looks_like_a_command_is_none() {
    let database = Database::start().await;
    let latchkey = Latchkey::before(&database, &[]);
    let email = "x'`touch${IFS}owned`'@example.com";
    let fields = json!({ "username": "eve1", "email": email, "password": "correct horse battery" });
    assert_eq!(Client::program().post(&latchkey, "/signup", &fields).await.status, 201);
    let found = run(&database, &find(&format!("email#{}", email.to_lowercase()))).await;
    assert!(found.contains("eve1"), "{found}");
    assert!(!root().join("tests/owned").exists() && !std::path::Path::new("owned").exists());
    let unknown = run(&database, &find("username#unknown")).await;
    assert_eq!(unknown.trim(), "");
    let commands = format!("{}\n{}", find("username#unknown"), commands("Delete a user"));
    let refused = std::panic::AssertUnwindSafe(run(&database, &commands));
    assert!(futures_util::FutureExt::catch_unwind(refused).await.is_err(), "there is no user to delete");
    assert_eq!(database.counts(), (1, 2, 1));
}

#[tokio::test]
async fn an_operator_replaces_a_leaked_key_and_finds_the_log_entries_of_a_user() {
    let database = Database::start().await;
    let secrets = SecretsManager::start(&database, &keys()).await;
    let latchkey = secrets.latchkey(&[]).await;
    let lines = LogEntries::collect();
    let ada = Client::signed_up(&latchkey, "ada.l").await;
    Client::program().post(&latchkey, "/login", &wrong("ada.l")).await;
    let line = lines.take().pop().expect("a line");
    let lambda = format!("export AWS_ENDPOINT_URL_LAMBDA={}\n", secrets.serve_lambda().await);
    let find = find("username#ada.l").replace("printf", ":");
    let printed = run(&database, &format!("{lambda}{find}{}", commands("The log"))).await;
    let printed: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(printed, json!({ (KID): line["identifier"] }));

    run(&database, &commands("Signing keys")).await;
    latchkey.pass(300);
    assert!(!ada.is_signed_in(&latchkey).await);
    let mut again = Client::program();
    assert_eq!(again.post(&latchkey, "/login", &credentials("ada.l")).await.status, 200);
    assert!(again.is_signed_in(&latchkey).await);
}

#[test]
fn the_runbook_explains_every_alarm_and_every_metric_is_one_that_is_written() {
    let monitoring = std::fs::read_to_string(root().join("infra/monitoring.yaml")).expect("a template");
    let monitoring = local::template::yaml(&monitoring).expect("YAML");
    let written: Vec<&str> = {
        let codes = Code::ALL.into_iter().filter_map(Code::metric);
        codes.chain(Functions::metrics()).chain(["StaleKeys", "MailsSent", "MailsLost"]).collect()
    };
    let text = text();
    let mut alarms = 0;
    for (name, resource) in monitoring["Resources"].as_object().expect("resources") {
        if resource["Type"] != "AWS::CloudWatch::Alarm" {
            continue;
        }
        alarms += 1;
        assert!(text.contains(&format!("| `{name}` |")), "{name}");
        let properties = &resource["Properties"];
        if properties["Namespace"] == "Latchkey" && properties["MetricName"].is_string() {
            assert!(written.contains(&properties["MetricName"].as_str().expect("a name")), "{name}");
            assert_eq!(properties["Dimensions"], json!([{ "Name": "Stack", "Value": { "Ref": "Stack" } }]));
        }
    }
    assert_eq!(alarms, 16, "the runbook says what they cost");
}
