//! The limits on guessing and on signing up.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::client::{account, credentials};
use crate::harness::{Client, Fault, Latchkey, NO_ADDRESS_LIMITS, Response, root};

/// A log-in with a wrong password.
pub fn wrong(identifier: &str) -> Value {
    json!({ "identifier": identifier, "password": "a wrong password" })
}

/// The wait of a refusal.
pub fn retry_after(response: &Response) -> i64 {
    assert_eq!((response.status, response.code().as_str()), (429, "too_many_attempts"), "{response:?}");
    response.header("retry-after").expect("a wait").parse().expect("seconds")
}

/// Guesses until something else than a 401 comes, each time from another address.
pub async fn guess(latchkey: &Latchkey, client: &Client, identifier: &str) -> (usize, Response) {
    for guesses in 0.. {
        let response = client.moved().post(latchkey, "/login", &wrong(identifier)).await;
        if response.status != 401 {
            return (guesses, response);
        }
    }
    unreachable!()
}

#[tokio::test]
async fn ten_failures_are_free_then_the_delays_double_for_any_identifier() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    let mut courses = Vec::new();
    for identifier in ["ada1", "ada1@example.com", "nobody", "nobody@example.com", "@", "\u{0}"] {
        let mut course = Vec::new();
        let hashes = latchkey.functions.login.hasher.computed();
        for round in 0..4 {
            let (guesses, _) = guess(&latchkey, &Client::program(), identifier).await;
            assert_eq!(guesses, if round == 0 { 10 } else { 1 }, "{identifier}");
            latchkey.pass(2);
            let hashes = latchkey.functions.login.hasher.computed();
            let refused = Client::program().post(&latchkey, "/login", &wrong(identifier)).await;
            assert_eq!(latchkey.functions.login.hasher.computed(), hashes, "no hash");
            latchkey.pass(retry_after(&refused) - 1);
            let again = Client::program().post(&latchkey, "/login", &wrong(identifier)).await;
            assert_eq!(retry_after(&again), 1, "the wait is neither shorter nor longer");
            latchkey.pass(1);
            course.push(refused);
        }
        assert_eq!(latchkey.functions.login.hasher.computed() - hashes, 13);
        assert_eq!(course.iter().map(retry_after).collect::<Vec<_>>(), [28, 58, 118, 238]);
        courses.push(course);
    }
    assert!(courses.iter().all(|course| *course == courses[0]), "the same bytes");

    let mut browser = Client::browser();
    let page = browser.post(&latchkey, "/login", &wrong("nobody")).await;
    assert_eq!(page.status, 401);
    let page = browser.post(&latchkey, "/login", &wrong("nobody")).await;
    assert_eq!((page.status, page.header("retry-after")), (429, Some("1")));
    assert!(
        page.body.contains("Try again in a moment.") && page.body.contains("value=\"nobody\""),
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
    guess(&latchkey, &Client::program(), "nobody").await;
    latchkey.pass(30 * 86_400 - 1);
    assert_eq!(guess(&latchkey, &Client::program(), "nobody").await.0, 1, "the one after the wait");
    latchkey.pass(30 * 86_400);
    assert_eq!(guess(&latchkey, &Client::program(), "nobody").await.0, 10);
}

#[tokio::test]
async fn an_identifier_can_be_disabled_and_enabled_again_by_the_operator() {
    let limits = [("LOGIN_FREE_FAILURES", "3"), ("LOGIN_DISABLE_AT", "5")];
    let latchkey = Latchkey::start_with(&limits).await;
    Client::signed_up(&latchkey, "ada1").await;
    for identifier in ["ada1", "nobody"] {
        for guesses in [3, 1, 1, 0] {
            assert_eq!(guess(&latchkey, &Client::program(), identifier).await.0, guesses, "{identifier}");
            latchkey.pass(7_200);
        }
        latchkey.pass(400 * 86_400);
        let refused = Client::program().post(&latchkey, "/login", &credentials(identifier)).await;
        assert_eq!(retry_after(&refused), 3_600, "{identifier}: for good");
    }
    let known = Client::program().post(&latchkey, "/login", &credentials("ada1@example.com")).await;
    assert_eq!(known.status, 200, "the other identifier");

    // An operator who does not want it any more has the functions started with other limits.
    let never = Latchkey::before(&latchkey.database, &[("LOGIN_FREE_FAILURES", "6")]);
    never.pass(latchkey.now() - never.now());
    assert_eq!(guess(&never, &Client::program(), "nobody").await.0, 1);

    // The key as the runbook has the operator compute it.
    let runbook = std::fs::read_to_string(root().join("docs/operating.md")).expect("docs/operating.md");
    let command = runbook.lines().find(|line| line.starts_with("KEY=$(")).expect("the command");
    let shell = format!("{command}\nprintf '%s' \"$KEY\"");
    let output = Command::new("sh").args(["-c", &shell]).env("ID", "username#ada1").output().expect("sh");
    let key = String::from_utf8(output.stdout).expect("UTF-8");
    latchkey.database.delete("LimitsTable", &json!({ "key": { "S": key } }));
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
}

#[tokio::test]
async fn an_address_has_twenty_logins_a_minute_and_two_hundred_an_hour() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::program();
    let mut allowed = 0;
    for minute in 0..60 {
        for number in 0..25 {
            let response =
                client.post(&latchkey, "/login", &wrong(&format!("nobody{minute}.{number}"))).await;
            if response.status == 429 {
                assert!(retry_after(&response) <= 18);
                break;
            }
            allowed += 1;
        }
        assert!(minute > 0 || allowed == 20, "{allowed}");
        latchkey.pass(60);
    }
    assert_eq!(allowed, 200 + 59 * 60 / 18, "a full bucket, and what ran out of it until the last minute");
    assert_eq!(
        Client::program().post(&latchkey, "/login", &wrong("nobody")).await.status,
        401,
        "not another's"
    );
}

#[tokio::test]
async fn correct_logins_do_not_count_against_the_address() {
    let latchkey = Latchkey::start().await;
    let ada = Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..100 {
        assert_eq!(ada.neighbour().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    }
    for number in 0..19 {
        assert_eq!(
            ada.neighbour().post(&latchkey, "/login", &wrong(&format!("nobody{number}"))).await.status,
            401
        );
    }
    let refused = ada.neighbour().post(&latchkey, "/login", &wrong("nobody")).await;
    assert_eq!(retry_after(&refused), 3);
}

#[tokio::test]
async fn the_address_comes_from_api_gateway_and_ipv6_counts_by_its_first_64_bits() {
    let latchkey = Latchkey::start().await;
    let from = |address: &str, number: u32| {
        let client = Client::program().at(address);
        let body = wrong(&format!("nobody{number}")).to_string();
        let event = client.event("POST", "/login").body("application/json", &body);
        let forged = format!("198.51.100.{number}");
        let headers = ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip"];
        headers.into_iter().fold(event, |event, name| event.header(name, &forged))
    };
    for (first, same, other) in [
        ("203.0.113.7", "::ffff:203.0.113.7", "203.0.113.8"),
        ("2001:db8::1", "2001:db8:0:0:9:8:7:6", "2001:db8:0:1::1"),
        ("not an address", "", "0.0.0.0"),
    ] {
        for number in 0..20 {
            assert_eq!(latchkey.send(&from(first, number)).await.status, 401, "{first}");
        }
        assert_eq!(latchkey.send(&from(first, 20)).await.status, 429, "{first}");
        assert_eq!(latchkey.send(&from(same, 21)).await.status, 429, "{same}");
        assert_eq!(latchkey.send(&from(other, 22)).await.status, 401, "{other}");
        latchkey.pass(3_600);
    }
}

#[tokio::test]
async fn an_address_that_is_refused_locks_no_user_out() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    let mut attacker = Client::program();
    for number in 0..20 {
        attacker.post(&latchkey, "/login", &wrong(&format!("nobody{number}"))).await;
    }
    for _ in 0..30 {
        let hashes = latchkey.functions.login.hasher.computed();
        assert_eq!(attacker.post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
        assert_eq!(latchkey.functions.login.hasher.computed(), hashes);
    }
    latchkey.database.take_calls();
    assert_eq!(attacker.post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
    assert_eq!(latchkey.database.take_operations(), [""; 0], "it touches nothing");
    for item in
        latchkey.database.items("LimitsTable").iter().filter(|item| item["minute_empty_at"].is_object())
    {
        latchkey.database.delete("LimitsTable", &json!({ "key": item["key"] }));
    }
    assert_eq!(attacker.post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
    latchkey.pass(1);
    assert_eq!(
        attacker.post(&latchkey, "/login", &wrong("nobody")).await.status,
        401,
        "it is remembered for a second only: slots may come back"
    );
    // Nor does it lengthen a wait that there is.
    assert_eq!(guess(&latchkey, &Client::program(), "ada1").await.0, 10);
    latchkey.pass(30);
    let mut attacker = Client::program();
    for number in 0..20 {
        attacker.post(&latchkey, "/login", &wrong(&format!("nobody{number}"))).await;
    }
    for _ in 0..3 {
        assert_eq!(attacker.post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
    }
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
}

#[tokio::test]
async fn an_address_has_ten_sign_ups_an_hour() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::program().at("10.200.0.1");
    for number in 0..10 {
        let response = client.post(&latchkey, "/signup", &account(&format!("user{number}"))).await;
        assert_eq!(response.status, 201);
    }
    assert_eq!(client.post(&latchkey, "/signup", &json!({})).await.status, 422, "a mistake costs nothing");
    let hashes = latchkey.functions.signup.hasher.computed();
    let refused = client.post(&latchkey, "/signup", &account("user10")).await;
    assert_eq!(retry_after(&refused), 360);
    assert_eq!(latchkey.functions.signup.hasher.computed(), hashes);
    let page = Client::browser().at("10.200.0.1").post(&latchkey, "/signup", &account("user10")).await;
    assert_eq!(page.status, 429);
    assert!(
        page.body.contains("Try again in 6 minutes.") && page.body.contains("value=\"user10\""),
        "{page:?}"
    );
    assert_eq!(latchkey.database.counts(), (10, 20, 1));
    latchkey.pass(360);
    assert_eq!(client.post(&latchkey, "/signup", &account("user10")).await.status, 201);
    assert_eq!(client.post(&latchkey, "/signup", &account("user11")).await.status, 429);
}

#[tokio::test]
async fn a_limit_of_zero_is_off_and_costs_no_call() {
    let latchkey = Latchkey::start_with(&NO_ADDRESS_LIMITS).await;
    let mut client = Client::program();
    for number in 0..30 {
        let name = format!("user{number}");
        assert_eq!(client.post(&latchkey, "/signup", &account(&name)).await.status, 201);
        assert_eq!(client.post(&latchkey, "/login", &wrong(&format!("nobody{number}"))).await.status, 401);
    }
    let calls = latchkey.database.take_operations();
    assert_eq!(calls.iter().filter(|name| *name == "count failure").count(), 30, "the identifier's");
}

#[tokio::test]
async fn nothing_is_hashed_while_the_limiter_is_out_of_reach() {
    let latchkey = Latchkey::start().await;
    let mut owner = Client::signed_up(&latchkey, "ada1").await;
    for (path, fields) in [("/login", credentials("ada1")), ("/signup", account("ada2"))] {
        for mut client in [Client::program(), owner.clone()] {
            let hashes =
                latchkey.functions.login.hasher.computed() + latchkey.functions.signup.hasher.computed();
            for operation in ["count failure", "take slot"] {
                latchkey.database.fail_always(operation, Fault::error(500, "InternalServerError"));
            }
            let response = client.post(&latchkey, path, &fields).await;
            assert_eq!((response.status, response.code().as_str()), (503, "unavailable"), "{path}");
            assert!(response.cookies.is_empty() && response.header("retry-after").is_some());
            assert_eq!(
                latchkey.functions.login.hasher.computed() + latchkey.functions.signup.hasher.computed(),
                hashes
            );
            latchkey.database.clear_faults();
        }
    }
    assert_eq!(owner.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
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
async fn a_reset_or_a_release_that_fails_refuses_no_login() {
    let latchkey = Latchkey::start().await;
    let ada = Client::signed_up(&latchkey, "ada1").await;
    for _ in 0..3 {
        let mut client = ada.neighbour();
        latchkey.database.fail_next("DeleteItem limits", Fault::AppliedAndLost);
        assert_eq!(client.post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    }
    latchkey.database.fail_always("DeleteItem limits", Fault::error(500, "InternalServerError"));
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    latchkey.database.clear_faults();

    // What is given back is sent once: after a lost response it would be given back twice.
    let mut attacker = Client::program();
    for number in 0..20 {
        attacker.post(&latchkey, "/login", &wrong(&format!("nobody{number}"))).await;
    }
    latchkey.database.take_calls();
    for (mut client, fields, operation) in
        [(attacker, wrong("ada1"), "release failure"), (ada.neighbour(), credentials("ada1"), "release slot")]
    {
        latchkey.database.fail_next(operation, Fault::AppliedAndLost);
        client.post(&latchkey, "/login", &fields).await;
        let calls = latchkey.database.take_operations();
        assert_eq!(calls.iter().filter(|name| *name == operation).count(), 1, "{calls:?}");
    }
}
