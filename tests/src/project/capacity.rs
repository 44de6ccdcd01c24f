//! What the throttles let through stays within what the functions and the tables can take.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::mail::token;
use crate::harness::proxy::Call;
use crate::harness::{Client, Latchkey, Post, template};
use crate::project::sources::text;
use crate::rules::limiter::wrong;

/// Lambda accepts this many requests a second for each reserved execution environment (AWS, "Lambda quotas").
const REQUESTS_PER_ENVIRONMENT: f64 = 10.0;
/// The on-demand quota of a table, in request units a second (AWS, "Quotas in Amazon DynamoDB").
const QUOTA: u64 = 40_000;
/// The seconds of a route's dearest request at the size of its function: what `make cost` prints for its work, and 6 ms
/// for a page with a session.
const SECONDS: [(&str, f64); 9] = [
    ("POST /login", 0.022),
    ("POST /confirm", 0.024),
    ("POST /profile/password", 0.040),
    ("POST /reset", 0.030),
    ("POST /signup", 0.027),
    ("POST /undo", 0.030),
    ("POST /logout", 0.012),
    ("GET /profile", 0.008),
    ("", 0.006),
];

fn throttle(route: &str) -> u32 {
    template().throttle(route).expect("a throttle")
}

/// A number of the template, or the default of the parameter to which it refers.
fn default(value: &Value) -> u32 {
    let parameter = |name| template().json()["Parameters"][name]["Default"].as_u64();
    let number = value["Ref"].as_str().map_or_else(|| value.as_u64(), parameter).expect("a number");
    u32::try_from(number).expect("a small number")
}

/// Each function with its routes, as API Gateway names them.
fn functions() -> Vec<(String, Vec<String>)> {
    let functions = template().functions().into_iter().filter(|function| !function.routes.is_empty());
    functions.map(|function| (function.name.clone(), function.route_keys().collect())).collect()
}

#[test]
fn a_flood_of_one_route_takes_no_reserved_environment_of_another() {
    let document = text("docs/deploying.md");
    let seconds = |route: &str| {
        let duration = SECONDS.iter().find(|(named, _)| *named == route || named.is_empty());
        duration.expect("a duration").1
    };
    let mut all = 0;
    for (name, routes) in functions() {
        let rates = routes.iter().map(|route| (route, f64::from(throttle(route))));
        let (rate, at_once) = rates.fold((0.0, 0.0), |(rate, at_once), (route, throttle)| {
            (rate + throttle, at_once + throttle * seconds(route))
        });
        let reserved = (rate / REQUESTS_PER_ENVIRONMENT).max(at_once).ceil();
        let total: u32 = routes.iter().map(|route| throttle(route)).sum();
        let row = format!("| {name} | {} | {at_once:.0} | {reserved} |", thousands(total));
        assert!(document.contains(&row), "docs/deploying.md lacks the row {row}");
        all += total;
    }
    let environments = format!("{} execution environments by the ten requests a second", all / 10);
    for claim in [environments, format!("up to {}", thousands(all))] {
        let flowing = document.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flowing.contains(&claim), "docs/deploying.md does not say: {claim}");
    }
}

fn thousands(number: u32) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

#[test]
fn the_burst_of_a_route_is_its_rate() {
    let api = &template().json()["Resources"]["Api"]["Properties"];
    let own = api["RouteSettings"].as_object().expect("settings").values();
    for settings in own.chain([&api["DefaultRouteSettings"]]) {
        assert_eq!(settings["ThrottlingBurstLimit"], settings["ThrottlingRateLimit"]);
    }
}

#[test]
fn only_what_people_and_programs_use_has_a_large_throttle() {
    for route in functions().into_iter().flat_map(|(_, routes)| routes) {
        // Preflights of trusted origins go to these.
        if let "ANY /logout" | "ANY /profile" | "ANY /token" = &*route {
            assert_eq!(throttle(&route), throttle("POST /signup"), "{route}");
        } else if route.starts_with("ANY ") || route == "$default" {
            assert_eq!(throttle(&route), 20, "{route}");
        }
    }
}

/// The request units of each route and table: reads, then writes, of the dearest request.
type Units = BTreeMap<(String, String), (u64, u64)>;

/// Notes the calls since the last request as those of this route.
fn note(units: &mut Units, route: &str, latchkey: &Latchkey) {
    let mut of_request: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (table, reads, writes) in latchkey.database.take_calls().iter().flat_map(Call::units) {
        let sum = of_request.entry(table).or_default();
        *sum = (sum.0 + reads, sum.1 + writes);
    }
    for (table, (reads, writes)) in of_request {
        let dearest = units.entry((route.to_owned(), table)).or_default();
        *dearest = (dearest.0.max(reads), dearest.1.max(writes));
    }
}

/// What one user can make each route cost: with a session, with a busy address, and with a device that the account no
/// longer knows.
async fn dearest_requests() -> Units {
    let latchkey = Latchkey::start().await;
    let mut units = Units::new();
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    latchkey.database.take_calls();
    for (route, method, path) in [
        ("GET /", "GET", "/"),
        ("ANY /", "HEAD", "/"),
        ("GET /login", "GET", "/login"),
        ("ANY /login", "HEAD", "/login"),
        ("GET /signup", "GET", "/signup"),
        ("ANY /signup", "HEAD", "/signup"),
        ("GET /profile", "GET", "/profile"),
        ("ANY /profile", "HEAD", "/profile"),
        ("ANY /profile", "PUT", "/profile"),
        ("ANY /logout", "GET", "/logout"),
        ("$default", "GET", "/nothing"),
    ] {
        client.send(&latchkey, &client.event(method, path)).await;
        note(&mut units, route, &latchkey);
    }
    latchkey.pass(86_400);
    assert_eq!(client.get(&latchkey, "/profile").await.cookies.len(), 1, "the session is renewed");
    note(&mut units, "GET /profile", &latchkey);
    for username in ["ada2", "ada3", "ada3"] {
        client.post(&latchkey, "/signup", &account(username)).await;
        note(&mut units, "POST /signup", &latchkey);
    }
    let stale = client.cookies.clone();
    let wrong = json!({ "identifier": "ada2", "password": "another wrong password" });
    for fields in [&wrong, &wrong, &credentials("ada2"), &wrong, &credentials("ada2"), &credentials("ada1")] {
        // A device of another epoch, and a session that ends.
        client.cookies.extend(stale.clone());
        client.post(&latchkey, "/login", fields).await;
        note(&mut units, "POST /login", &latchkey);
    }
    client.post(&latchkey, "/logout", &json!({})).await;
    note(&mut units, "POST /logout", &latchkey);
    mails_and_changes(&latchkey, &mut units).await;
    units
}

/// The same for the routes that need mail, a fresh session or a password.
async fn mails_and_changes(latchkey: &Latchkey, units: &mut Units) {
    let mut post = Post::start(&latchkey.database, &[]).await;
    let mut client = Client::signed_up(latchkey, "ada4").await;
    let mail = post.deliver(latchkey).await.remove(0);
    latchkey.database.take_calls();
    let new = "another horse battery";
    let sent = json!({ "token": token(&mail), "identifier": "ada4", "password": PASSWORD });
    for (route, fields) in [
        ("POST /profile/verify", json!({})),
        ("POST /profile/verify", json!({})),
        ("POST /verify", json!({ "token": sent["token"] })),
        ("POST /confirm", wrong("ada4")),
        ("POST /confirm", json!({ "password": PASSWORD })),
        ("POST /profile/password", json!({ "current_password": PASSWORD, "password": new })),
        ("POST /profile/password", json!({ "current_password": new, "password": PASSWORD })),
        ("POST /profile/sessions/end-others", json!({})),
        ("POST /profile/sessions/end", json!({ "session": "A".repeat(43) })),
        ("POST /forgot", json!({ "identifier": "ada4" })),
        ("POST /forgot", json!({ "identifier": "ada4" })),
    ] {
        let path = route.trim_start_matches("POST ");
        client.post(latchkey, path, &fields).await;
        note(units, route, latchkey);
    }
    let mails = post.deliver(latchkey).await;
    let mail = mails.iter().find(|mail| mail["kind"] == "reset_password").expect("a link");
    latchkey.database.take_calls();
    let reset = json!({ "token": token(mail), "password": new });
    assert_eq!(client.post(latchkey, "/reset", &reset).await.status, 204);
    note(units, "POST /reset", latchkey);
    for path in ["/verify", "/reset", "/forgot", "/confirm", "/profile/password", "/profile/sessions"] {
        let event =
            client.event("GET", path).with("/rawQueryString", json!(format!("token={}", "A".repeat(43))));
        client.send(latchkey, &event).await;
        note(units, &format!("GET {path}"), latchkey);
    }
}

#[tokio::test]
async fn no_flood_that_the_throttles_let_through_reaches_the_limit_of_a_table() {
    let units = dearest_requests().await;
    let routes: Vec<String> = functions().into_iter().flat_map(|(_, routes)| routes).collect();
    for table in template().tables() {
        let properties = &template().json()["Resources"][&table.name]["Properties"];
        let limits = properties["OnDemandThroughput"].as_object().expect("a limit");
        let sum = |part: fn(&(u64, u64)) -> u64| -> u64 {
            let cost = |route: &String| units.get(&(route.clone(), table.name.clone())).map_or(0, part);
            routes.iter().map(|route| u64::from(throttle(route)) * cost(route)).sum()
        };
        let (reads, writes) = (sum(|units| units.0), sum(|units| units.1));
        println!("{}: {reads} reads and {writes} writes a second", table.name);
        assert!(limits.get("MaxReadRequestUnits").is_none(), "one user could take the reads of all");
        assert!(reads * 2 <= QUOTA, "{}: {reads} reads a second", table.name);
        let limit = u64::from(default(&limits["MaxWriteRequestUnits"]));
        // The mailer alone writes proofs: at most as many as there are mails. The rotation alone writes keys.
        let is_used = writes > 0 || ["ProofsTable", "KeysTable"].contains(&table.name.as_str());
        assert!(is_used && writes * 2 <= limit, "{}: {writes} writes a second of {limit}", table.name);
    }
}
