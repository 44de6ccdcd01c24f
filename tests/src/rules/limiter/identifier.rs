//! The limit of an identifier.

use latchkey::keys::KeySet;
use serde_json::json;

use crate::harness::client::{account, credentials};
use crate::harness::latchkey::keys;
use crate::harness::{Client, Fault, Latchkey};
use crate::rules::limiter::{guess, retry_after, wrong};

#[tokio::test]
async fn ten_failures_are_free_then_the_delays_double_for_any_identifier() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    let mut refusals = Vec::new();
    for identifier in ["ada1", "ada1@example.com", "unknown", "unknown@example.com", "@", "\u{0}"] {
        let mut own = Vec::new();
        let hashes = latchkey.functions.login.verifier.hasher.computed();
        for round in 0..4 {
            let (guesses, _) = guess(&latchkey, &Client::program(), identifier).await;
            assert_eq!(guesses, if round == 0 { 10 } else { 1 }, "{identifier}");
            latchkey.pass(2);
            let hashes = latchkey.functions.login.verifier.hasher.computed();
            let refused = Client::program().post(&latchkey, "/login", &wrong(identifier)).await;
            assert_eq!(latchkey.functions.login.verifier.hasher.computed(), hashes, "no hash");
            latchkey.pass(retry_after(&refused) - 1);
            let again = Client::program().post(&latchkey, "/login", &wrong(identifier)).await;
            assert_eq!(retry_after(&again), 1, "the delay is neither shorter nor longer");
            latchkey.pass(1);
            own.push(refused);
        }
        assert_eq!(latchkey.functions.login.verifier.hasher.computed() - hashes, 13);
        assert_eq!(own.iter().map(retry_after).collect::<Vec<_>>(), [28, 58, 118, 238]);
        refusals.push(own);
    }
    assert!(refusals.iter().all(|own| *own == refusals[0]), "the same bytes");

    let mut browser = Client::browser();
    let page = browser.post(&latchkey, "/login", &wrong("unknown")).await;
    assert_eq!(page.status, 401);
    let page = browser.post(&latchkey, "/login", &wrong("unknown")).await;
    assert_eq!((page.status, page.header("retry-after")), (429, Some("1")));
    assert!(
        page.body.contains("Try again in a moment.") && page.body.contains("value=\"unknown\""),
        "{page:?}"
    );
}

#[tokio::test]
async fn a_success_resets_its_identifier_and_no_other() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..9 {
        assert_eq!(Client::program().post(&latchkey, "/login", &wrong("ada1@example.com")).await.status, 401);
    }
    for _ in 0..3 {
        for _ in 0..9 {
            assert_eq!(Client::program().post(&latchkey, "/login", &wrong("ada1")).await.status, 401);
        }
        assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ADA1")).await.status, 200);
    }
    assert_eq!(guess(&latchkey, &Client::program(), "ada1").await.0, 10);
    assert_eq!(guess(&latchkey, &Client::program(), "ada1@example.com").await.0, 1);
}

#[tokio::test]
async fn failures_are_forgotten_after_thirty_days() {
    let latchkey = Latchkey::start().await;
    guess(&latchkey, &Client::program(), "unknown").await;
    latchkey.pass(30 * 86_400 - 1);
    assert_eq!(
        guess(&latchkey, &Client::program(), "unknown").await.0,
        1,
        "only the attempt after the delay"
    );
    latchkey.pass(30 * 86_400);
    assert_eq!(guess(&latchkey, &Client::program(), "unknown").await.0, 10);
}

#[tokio::test]
async fn an_identifier_can_be_disabled_and_enabled_again_by_the_operator() {
    let limits = [("LOGIN_FREE_FAILURES", "3"), ("LOGIN_DISABLE_AT", "5")];
    let latchkey = Latchkey::start_with(&limits).await;
    Client::signed_up(&latchkey, "ada1").await;
    for identifier in ["ada1", "unknown"] {
        for guesses in [3, 1, 1, 0] {
            assert_eq!(guess(&latchkey, &Client::program(), identifier).await.0, guesses, "{identifier}");
            latchkey.pass(7_200);
        }
        latchkey.pass(400 * 86_400);
        let refused = Client::program().post(&latchkey, "/login", &credentials(identifier)).await;
        assert_eq!(retry_after(&refused), 3_600, "{identifier}: disabled");
    }
    let known = Client::program().post(&latchkey, "/login", &credentials("ada1@example.com")).await;
    assert_eq!(known.status, 200, "the other identifier");

    // The operator enables all identifiers again by other limits.
    let enabled = Latchkey::before(&latchkey.database, &[("LOGIN_FREE_FAILURES", "6")]);
    enabled.pass(latchkey.now() - enabled.now());
    assert_eq!(guess(&enabled, &Client::program(), "unknown").await.0, 1);

    // The operator deletes the counter.
    let key = KeySet::parse(&keys()).and_then(|keys| keys.counter("identifier#username#ada1").ok());
    latchkey.database.delete("LimitsTable", &json!({ "key": { "S": key } }));
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
}

#[tokio::test]
async fn an_attempt_that_verified_nothing_is_not_counted() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..12 {
        for _ in 0..3 {
            latchkey.database.fail_next("GetItem credentials", Fault::error(500, "InternalServerError"));
        }
        assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 503);
    }
    assert_eq!(guess(&latchkey, &Client::program(), "ada1").await.0, 10);
}

#[tokio::test]
async fn a_new_account_begins_without_failures() {
    let disabling = [("LOGIN_FREE_FAILURES", "3"), ("LOGIN_DISABLE_AT", "5")];
    for limits in [&[][..], &disabling] {
        let latchkey = Latchkey::start_with(limits).await;
        for identifier in ["ada1", "ada1@example.com"] {
            for _ in 0..3 {
                guess(&latchkey, &Client::program(), identifier).await;
                latchkey.pass(7_200);
            }
            guess(&latchkey, &Client::program(), identifier).await;
            let refused = Client::program().post(&latchkey, "/login", &wrong(identifier)).await;
            assert_eq!(refused.status, 429, "a stranger has filled the counter");
        }
        Client::signed_up(&latchkey, "ada1").await;
        for identifier in ["ada1", "ada1@example.com"] {
            let response = Client::program().post(&latchkey, "/login", &credentials(identifier)).await;
            assert_eq!(response.status, 200, "{identifier} from elsewhere");
        }
    }
}

#[tokio::test]
async fn a_sign_up_that_is_refused_forgets_no_failures() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    let (guesses, _) = guess(&latchkey, &Client::program(), "ada1").await;
    assert_eq!(guesses, 10);
    assert_eq!(Client::program().post(&latchkey, "/signup", &account("ada1")).await.status, 409);
    for _ in 0..4 {
        latchkey.database.fail_next("TransactWriteItems", Fault::cancelled(&["TransactionConflict"]));
    }
    assert_eq!(Client::program().post(&latchkey, "/signup", &account("ada1")).await.status, 503);
    assert_eq!(Client::program().post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
}
