//! The runbook: its commands are run, and do what it says.

mod epochs;
mod private_keys;

use latchkey::http::problem::Code;
use serde_json::json;

use crate::functions::Functions;
use crate::harness::client::{account, credentials};
use crate::harness::command::Operator;
use crate::harness::mail::token;
use crate::harness::{Client, Latchkey, Post, operator, root};
use crate::project::sources::blocks;
use crate::rules::limiter::guess;

/// The runbook itself.
fn text() -> String {
    std::fs::read_to_string(root().join("docs/operating.md")).expect("docs/operating.md")
}

/// The shell commands under a heading, up to the next one.
pub fn commands(heading: &str) -> String {
    let commands = blocks("docs/operating.md", heading, "sh").concat();
    assert!(!commands.is_empty(), "{heading}");
    commands
}

/// An operator who has both policies, in an account where all users are `ada.l` and `eve1`.
async fn operator() -> (Operator, Client) {
    let operator = Operator::in_an_account("AdminPolicy").await;
    let ada = Client::signed_up(&operator.latchkey, "ada.l").await;
    Client::signed_up(&operator.latchkey, "eve1").await;
    (operator, ada)
}

/// Runs the commands under a heading, and answers what they ask; what they print.
async fn operate(operator: &Operator, heading: &str) -> String {
    let commands = commands(heading);
    assert!(commands.lines().all(|line| line.starts_with("latchkey ")), "{commands}");
    operator.shell(&commands.replace('\n', " --yes\n")).await
}

/// Locks a user out by the AWS CLI alone, as on a phone; whether the commands succeed.
async fn lock_out_without_the_command(latchkey: &Latchkey, identifier: &str) -> bool {
    let commands = commands("Without the command").replace("username#ada.l", identifier);
    // The tables of the tests have the names of the outputs.
    let script = format!("output() {{ printf %s \"$1\"; }}\n{commands}");
    let run = operator::run(operator::SH, &script, latchkey.database.endpoint(), &[]);
    futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(run)).await.is_ok()
}

async fn role(client: &mut Client, latchkey: &Latchkey) -> String {
    client.get(latchkey, "/profile").await.json()["user"]["role"].as_str().expect("a role").to_owned()
}

#[tokio::test]
async fn an_operator_finds_locks_promotes_logs_out_and_deletes_a_user() {
    let (operator, mut ada) = operator().await;
    let latchkey = &operator.latchkey;
    let id = ada.get(latchkey, "/profile").await.json()["user"]["id"].clone();
    assert!(operate(&operator, "Find a user").await.contains(id.as_str().expect("an id")));

    operate(&operator, "Make an admin").await;
    assert_eq!(role(&mut ada, latchkey).await, "admin");
    operate(&operator, "Attributes").await;
    let profile = ada.get(latchkey, "/profile").await.json();
    assert_eq!(profile["user"]["attributes"], json!({ "plan": "pro", "seats": 12 }));

    let lock = commands("Lock a user out");
    let (disable, enable) = lock.split_once('\n').expect("two commands");
    operator.shell(disable).await;
    assert!(!ada.is_signed_in(latchkey).await);
    assert_eq!(Client::program().post(latchkey, "/login", &credentials("ada.l")).await.status, 401);
    operator.shell(enable).await;
    assert!(ada.is_signed_in(latchkey).await);

    operate(&operator, "End all sessions of a user").await;
    assert!(!ada.is_signed_in(latchkey).await);
    guess(latchkey, &Client::program(), "ada.l").await;
    latchkey.pass(2);
    assert_eq!(Client::program().post(latchkey, "/login", &credentials("ada.l")).await.status, 429);
    operate(&operator, "Lift a lock").await;
    let mut again = Client::program();
    assert_eq!(again.post(latchkey, "/login", &credentials("ada.l")).await.status, 200);
    assert_eq!(role(&mut again, latchkey).await, "admin", "nothing else was changed");

    operate(&operator, "Delete a user").await;
    assert!(!again.is_signed_in(latchkey).await);
    assert_eq!(latchkey.database.counts(), (1, 2, 1), "the other user is not affected");
    assert_eq!(Client::program().post(latchkey, "/login", &credentials("ada.l")).await.status, 401);
    assert_eq!(Client::program().post(latchkey, "/signup", &account("ada.l")).await.status, 201);
}

#[tokio::test]
async fn an_operator_starts_a_reset_and_never_knows_the_password() {
    let (operator, _) = operator().await;
    let latchkey = &operator.latchkey;
    let mut post = Post::start(&latchkey.database, &[]).await;
    post.deliver(latchkey).await;
    operate(&operator, "Start a reset for a user").await;
    let mails = post.deliver(latchkey).await;
    assert_eq!(mails[0]["to"], "ada.l@example.com");
    assert!(mails[0]["text"].as_str().expect("text").contains("by the operator."), "{}", mails[0]["text"]);
    let new = json!({ "token": token(&mails[0]), "password": "a new long password" });
    assert_eq!(Client::program().post(latchkey, "/reset", &new).await.status, 204);
    assert_eq!(Client::program().post(latchkey, "/login", &credentials("ada.l")).await.status, 401);
    for identifier in ["ada.l", "ada.l@example.com"] {
        let new = json!({ "identifier": identifier, "password": "a new long password" });
        assert_eq!(Client::program().post(latchkey, "/login", &new).await.status, 200, "{identifier}");
    }
}

#[tokio::test]
async fn without_the_command_an_operator_locks_a_user_out_and_a_name_that_looks_like_a_command_is_none() {
    let latchkey = &Latchkey::start().await;
    let ada = Client::signed_up(latchkey, "ada.l").await;
    let email = "x'`touch${IFS}owned`'@example.com";
    let fields = json!({ "username": "eve1", "email": email, "password": "correct horse battery" });
    let mut eve = Client::program();
    assert_eq!(eve.post(latchkey, "/signup", &fields).await.status, 201);
    let before = latchkey.database.everything();
    assert!(!lock_out_without_the_command(latchkey, "username#unknown").await);
    assert_eq!(latchkey.database.everything(), before, "there is no user to lock out");
    assert!(lock_out_without_the_command(latchkey, &format!("email#{}", email.to_lowercase())).await);
    assert!(!eve.is_signed_in(latchkey).await && ada.is_signed_in(latchkey).await);
    assert!(!root().join("tests/owned").exists() && !root().join("owned").exists());
    assert!(lock_out_without_the_command(latchkey, "username#ada.l").await);
    assert!(!ada.is_signed_in(latchkey).await);
}

#[tokio::test]
async fn an_operator_replaces_the_keys() {
    let (operator, _) = operator().await;
    let secrets = operator.account.as_ref().expect("an account");
    let latchkey = secrets.latchkey(&[]).await;
    let mut ada = Client::program();
    ada.post(&latchkey, "/login", &credentials("ada.l")).await;
    assert!(ada.is_signed_in(&latchkey).await);
    let keys = commands("Signing keys");
    let (_, replace) = keys.split_once('\n').expect("two commands");
    operator.shell(&replace.replace('\n', " --yes\n")).await;
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
        codes
            .chain(Functions::metrics())
            .chain(["StaleKeys", "LateRefusals", "RefreshReused", "MailsSent", "MailsLost"])
            .collect()
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
    assert_eq!(alarms, 18, "the runbook says what they cost");
}
