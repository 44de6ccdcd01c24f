//! The lifetime of a session. The tests move the clock.

use serde_json::{Value, json};

use crate::harness::client::credentials;
use crate::harness::{Client, Fault, Latchkey};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_session_is_renewed_after_its_active_period_and_not_before() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    for (seconds, renewed) in [(DAY - 1, false), (1, true), (1, false), (DAY - 2, false), (1, true)] {
        latchkey.pass(seconds);
        latchkey.database.take_calls();
        let response = client.get(&latchkey, "/profile").await;
        assert_eq!((response.status, response.cookies.len()), (200, usize::from(renewed)), "{seconds}");
        assert_eq!(latchkey.database.take_calls().len(), 1 + usize::from(renewed));
        let item = latchkey.database.session();
        if renewed {
            assert_eq!(item["active_until"]["N"], (latchkey.now() + DAY).to_string());
            assert_eq!(item["expires_at"]["N"], (latchkey.now() + 14 * DAY).to_string());
            assert!(
                response.cookies[0].ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=1209600")
            );
        }
    }
}

#[tokio::test]
async fn a_session_expires_at_its_idle_end() {
    for (seconds, status) in [(14 * DAY - 1, 200), (14 * DAY, 401), (14 * DAY + 1, 401)] {
        let latchkey = Latchkey::start().await;
        let mut client = Client::signed_up(&latchkey, "ada1").await;
        latchkey.pass(seconds);
        assert_eq!(client.get(&latchkey, "/profile").await.status, status, "{seconds}");
        assert_eq!(latchkey.database.counts().2, 1, "Latchkey's clock decides, not the deletion of the item");
    }
}

#[tokio::test]
async fn a_session_expires_at_its_absolute_end_despite_renewals() {
    for (seconds, status) in [(-1, 200), (0, 401), (1, 401)] {
        let latchkey = Latchkey::start().await;
        let mut client = Client::signed_up(&latchkey, "ada1").await;
        for _ in 0..3 {
            latchkey.pass(9 * DAY);
            assert_eq!(client.get(&latchkey, "/profile").await.status, 200);
        }
        latchkey.pass(2 * DAY);
        let response = client.get(&latchkey, "/profile").await;
        assert_eq!(response.json()["session"]["expires_at"], "2026-12-20T09:00:00Z", "the absolute end");
        assert!(response.cookies[0].ends_with(&format!("Max-Age={DAY}")), "{:?}", response.cookies);
        latchkey.pass(DAY + seconds);
        assert_eq!(client.get(&latchkey, "/profile").await.status, status, "{seconds}");
    }
}

#[tokio::test]
async fn a_dead_token_costs_one_read_an_environment() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let token = client.token().to_owned();
    assert_eq!(client.post(&latchkey, "/logout", &json!({})).await.status, 204);
    latchkey.database.take_calls();
    // Each function is an execution environment of its own. The one of the logout knows already.
    for (method, path, calls) in [
        ("GET", "/profile", 1),
        ("GET", "/profile", 0),
        ("HEAD", "/profile", 0),
        ("GET", "/", 0),
        ("GET", "/login", 1),
        ("GET", "/login", 0),
        ("GET", "/signup", 1),
        ("HEAD", "/signup", 0),
        ("POST", "/logout", 0),
    ] {
        let mut client = Client::with_token(&token);
        let event = client.event(method, path).header("sec-fetch-site", "same-origin");
        client.send(&latchkey, &event).await;
        assert_eq!(latchkey.database.take_calls().len(), calls, "{method} {path}");
    }
    assert_eq!(Client::with_token(&token).post(&latchkey, "/logout", &json!({})).await.status, 401);
}

#[tokio::test]
async fn a_token_that_outlives_its_session_is_refused() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.database.delete("SessionsTable", &latchkey.database.session_key());
    assert_eq!(client.get(&latchkey, "/profile").await.status, 401);
    latchkey.pass(2 * DAY);
    assert_eq!(client.get(&latchkey, "/profile").await.status, 401);
    assert_eq!(latchkey.database.counts().2, 0, "the session stays deleted");
}

#[tokio::test]
async fn only_a_get_of_the_profile_renews() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(2 * DAY);
    let before = latchkey.database.everything();
    for path in ["/", "/signup", "/login"] {
        assert!(client.get(&latchkey, path).await.cookies.is_empty());
    }
    let head = latchkey.send(&client.event("HEAD", "/profile")).await;
    assert_eq!((head.status, head.cookies.len()), (200, 0));
    assert_eq!(latchkey.database.everything(), before);
}

#[tokio::test]
async fn a_failed_renewal_does_not_refuse_the_request() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(2 * DAY);
    for _ in 0..3 {
        latchkey.database.fail_next("UpdateItem sessions", Fault::error(500, "InternalServerError"));
    }
    let response = client.get(&latchkey, "/profile").await;
    assert_eq!((response.status, response.cookies.len()), (200, 0));
    assert_eq!(client.get(&latchkey, "/profile").await.cookies.len(), 1, "the next request renews");
}

#[tokio::test]
async fn a_renewal_never_revives_a_session_that_is_logged_out_at_the_same_time() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(2 * DAY);
    // The logout comes between the read and the update of the renewal.
    let logout = json!({ "TableName": "SessionsTable", "Key": latchkey.database.session_key() });
    latchkey.database.fail_next("UpdateItem sessions", Fault::After("DeleteItem", logout));
    let response = client.get(&latchkey, "/profile").await;
    assert_eq!((response.status, response.cookies.len()), (401, 0));
    assert_eq!(latchkey.database.counts().2, 0);
}

#[tokio::test]
async fn of_two_renewals_at_once_one_counts_and_both_give_a_cookie() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(2 * DAY);
    let (now, later) = (latchkey.now(), latchkey.now() + DAY - 5);
    // The other tab comes between the read and the update of this one.
    let other_tab = json!({
        "TableName": "SessionsTable",
        "Key": latchkey.database.session_key(),
        "UpdateExpression": "SET active_until = :active, idle_until = :idle, expires_at = :idle, renewed_at = :now",
        "ExpressionAttributeValues": {
            ":now": { "N": now.to_string() },
            ":active": { "N": later.to_string() },
            ":idle": { "N": (now + 14 * DAY).to_string() },
        },
    });
    latchkey.database.fail_next("UpdateItem sessions", Fault::After("UpdateItem", other_tab));
    let response = client.clone().get(&latchkey, "/profile").await;
    assert_eq!((response.status, response.cookies.len()), (200, 1));
    assert_eq!(
        response.json()["session"]["expires_at"],
        "2026-12-06T09:00:00Z",
        "the end that the other tab has set"
    );
    assert_eq!(latchkey.database.session()["active_until"]["N"], later.to_string());
    assert!(client.is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn a_renewal_whose_response_was_lost_still_gives_its_cookie() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.pass(2 * DAY);
    latchkey.database.fail_next("UpdateItem sessions", Fault::AppliedAndLost);
    let response = client.get(&latchkey, "/profile").await;
    assert_eq!((response.status, response.cookies.len()), (200, 1));
    // The response to the browser is lost, or an application has not passed it on.
    for path in ["/profile", "/token"] {
        latchkey.pass(DAY);
        assert_eq!(client.clone().get(&latchkey, "/profile").await.cookies.len(), 1);
        let send = async |client: &mut Client| match path {
            "/token" => client.post(&latchkey, path, &json!({})).await,
            _ => client.get(&latchkey, path).await,
        };
        for cookies in [1, 0] {
            let response = send(&mut client).await;
            assert_eq!((response.status, response.cookies.len()), (200, cookies), "{path}");
        }
        assert_eq!(latchkey.database.session()["renewed_at"]["N"], latchkey.now().to_string(), "{path}");
    }
}

#[tokio::test]
async fn a_raised_epoch_ends_all_sessions_of_the_user_and_the_next_login_works() {
    let latchkey = Latchkey::start().await;
    let other = Client::signed_up(&latchkey, "other").await;
    let mut clients = vec![Client::signed_up(&latchkey, "ada1").await];
    for _ in 0..3 {
        let mut client = Client::program();
        assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
        clients.push(client);
    }
    latchkey.raise_epoch("ada1").await;
    for client in &clients {
        assert!(!client.is_signed_in(&latchkey).await);
    }
    assert!(other.is_signed_in(&latchkey).await);
    for identifier in ["ada1", "ada1@example.com"] {
        let mut client = Client::program();
        assert_eq!(client.post(&latchkey, "/login", &credentials(identifier)).await.status, 200);
        assert!(client.is_signed_in(&latchkey).await);
    }
}

#[tokio::test]
async fn a_login_that_races_with_a_raised_epoch_gives_no_active_session() {
    // The epoch is raised after the read of the credential, before the read of the user or the write of the session.
    for operation in ["GetItem users", "BatchWriteItem"] {
        let latchkey = Latchkey::start().await;
        Client::signed_up(&latchkey, "ada1").await;
        latchkey.database.fail_next(operation, Fault::After("TransactWriteItems", raise_epoch(&latchkey)));
        let mut client = Client::program();
        let response = client.post(&latchkey, "/login", &credentials("ada1")).await;
        if response.status == 200 {
            assert!(!client.is_signed_in(&latchkey).await);
        } else {
            assert_eq!((response.status, response.code().as_str()), (401, "invalid_credentials"));
            assert!(response.cookies.is_empty());
        }
        assert_eq!(latchkey.database.items("UsersTable")[0]["epoch"]["N"], "1", "the fault has happened");
    }
}

/// The transaction with which another process raises the epoch of the only user.
fn raise_epoch(latchkey: &Latchkey) -> Value {
    let update = |table: &str, key: Value| {
        json!({ "Update": {
            "TableName": table, "Key": key, "UpdateExpression": "SET epoch = :one",
            "ExpressionAttributeValues": { ":one": { "N": "1" } },
        } })
    };
    let users = latchkey.database.items("UsersTable").into_iter();
    let users = users.map(|item| update("UsersTable", json!({ "user_id": item["user_id"] })));
    let credentials = latchkey.database.items("CredentialsTable").into_iter();
    let credentials =
        credentials.map(|item| update("CredentialsTable", json!({ "identifier": item["identifier"] })));
    json!({ "TransactItems": users.chain(credentials).collect::<Vec<_>>() })
}
