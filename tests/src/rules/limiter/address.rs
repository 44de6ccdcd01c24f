//! The limits of an address.

use serde_json::json;

use crate::harness::client::{account, credentials};
use crate::harness::{Client, Latchkey, NO_ADDRESS_LIMITS};
use crate::rules::limiter::{guess, retry_after, wrong};

#[tokio::test]
async fn an_address_has_twenty_logins_a_minute_and_two_hundred_an_hour() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::program();
    let mut allowed = 0;
    for minute in 0..60 {
        for number in 0..25 {
            let response =
                client.post(&latchkey, "/login", &wrong(&format!("unknown{minute}.{number}"))).await;
            if response.status == 429 {
                assert!(retry_after(&response) <= 18);
                break;
            }
            allowed += 1;
        }
        assert!(minute > 0 || allowed == 20, "{allowed}");
        latchkey.pass(60);
    }
    assert_eq!(
        allowed,
        200 + 59 * 60 / 18,
        "a full bucket, and the attempts that left it until the last minute"
    );
    let elsewhere = Client::program().post(&latchkey, "/login", &wrong("unknown")).await;
    assert_eq!(elsewhere.status, 401, "another address has its own limit");
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
            ada.neighbour().post(&latchkey, "/login", &wrong(&format!("unknown{number}"))).await.status,
            401
        );
    }
    let refused = ada.neighbour().post(&latchkey, "/login", &wrong("unknown")).await;
    assert_eq!(retry_after(&refused), 3);
}

#[tokio::test]
async fn the_address_comes_from_api_gateway_and_ipv6_counts_by_its_first_64_bits() {
    let latchkey = Latchkey::start().await;
    let from = |address: &str, number: u32| {
        let client = Client::program().at(address);
        let body = wrong(&format!("unknown{number}")).to_string();
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
        attacker.post(&latchkey, "/login", &wrong(&format!("unknown{number}"))).await;
    }
    for _ in 0..30 {
        let hashes = latchkey.functions.login.verifier.hasher.computed();
        assert_eq!(attacker.post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
        assert_eq!(latchkey.functions.login.verifier.hasher.computed(), hashes);
    }
    latchkey.database.take_calls();
    assert_eq!(attacker.post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
    assert_eq!(latchkey.database.take_operations(), [""; 0], "it makes no call");
    for item in
        latchkey.database.items("LimitsTable").iter().filter(|item| item["minute_empty_at"].is_object())
    {
        latchkey.database.delete("LimitsTable", &json!({ "key": item["key"] }));
    }
    assert_eq!(attacker.post(&latchkey, "/login", &wrong("ada1")).await.status, 429);
    latchkey.pass(1);
    let later = attacker.post(&latchkey, "/login", &wrong("unknown")).await;
    assert_eq!(later.status, 401, "a refusal is remembered for a second only, because slots may be released");
    // A refused address does not lengthen the delay of an identifier.
    assert_eq!(guess(&latchkey, &Client::program(), "ada1").await.0, 10);
    latchkey.pass(30);
    let mut attacker = Client::program();
    for number in 0..20 {
        attacker.post(&latchkey, "/login", &wrong(&format!("unknown{number}"))).await;
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
    assert_eq!(
        client.post(&latchkey, "/signup", &json!({})).await.status,
        422,
        "an invalid sign-up does not count"
    );
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
        assert_eq!(client.post(&latchkey, "/login", &wrong(&format!("unknown{number}"))).await.status, 401);
    }
    let calls = latchkey.database.take_operations();
    assert_eq!(
        calls.iter().filter(|name| *name == "count failure").count(),
        30,
        "only the identifier counts"
    );
}
