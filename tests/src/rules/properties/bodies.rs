//! Properties of bodies of at most 8 KiB: whatever is in them, the response is small, and reading them is cheap.

use std::time::Duration;

use data_encoding::BASE64;
use latchkey::http::rejection::BODY_LIMIT;
use latchkey::password::Password;
use nix::time::{ClockId, clock_gettime};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::harness::client::{PASSWORD, form};
use crate::harness::{Event, Latchkey, NO_ADDRESS_LIMITS};
use crate::rules::properties::cases;

/// The largest response to a body of at most [`BODY_LIMIT`] bytes, in bytes.
const LARGEST_RESPONSE: usize = 16 * 1024;
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// The parts of names and values. Several become longer in a response: `"` is five bytes in HTML, U+0001 six in JSON.
const PARTS: [&str; 10] = ["a", "\"", "\\", "\u{1}", "<", "&", "'", "é", "👩", "\u{7f}"];
/// The names of the fields of both forms.
const KNOWN: [&str; 6] = ["identifier", "username", "email", "password", "name", "shown_at"];

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// As many of the fields as fit into a body, in both encodings.
fn encoded(content_type: &str, fields: impl Iterator<Item = (String, Value)>) -> String {
    let is_json = content_type == JSON;
    let mut body = String::new();
    for (name, value) in fields {
        let part = match &value {
            _ if is_json => format!("{}:{value}", json!(name)),
            Value::String(_) => form(&json!({ name: value })),
            _ => continue,
        };
        if body.len() + part.len() + 3 > BODY_LIMIT {
            break;
        }
        body =
            if body.is_empty() { part } else { format!("{body}{}{part}", if is_json { "," } else { "&" }) };
    }
    if is_json { format!("{{{body}}}") } else { body }
}

/// Fields of any number and length, under known and unknown names, and nested values.
fn fields() -> impl Strategy<Value = Vec<(String, Value)>> {
    let lengths = || prop_oneof![0..4_usize, 60..70_usize, 200..320_usize, 1_000..8_000_usize];
    let text = (select(&PARTS[..]), lengths()).prop_map(|(part, times)| part.repeat(times));
    let name = prop_oneof![
        select(&KNOWN[..]).prop_map(str::to_owned),
        (select(&PARTS[..]), 0..70_usize).prop_map(|(part, times)| part.repeat(times)),
    ];
    let nested =
        (1..4_000_usize).prop_map(|depth| (0..depth.min(120)).fold(json!(depth), |value, _| json!([value])));
    let wide = (1..4_000_usize).prop_map(|length| json!(vec![0; length]));
    let value = prop_oneof![4 => text.prop_map(Value::from), 1 => nested, 1 => wide, 1 => Just(json!(null))];
    let some = prop::collection::vec((name, value), 0..24);
    let many = (0..3_000_usize, select(&PARTS[..])).prop_map(|(count, part)| {
        (0..count).map(|number| (format!("{part}{number}"), json!(part))).collect()
    });
    prop_oneof![3 => some, 1 => many]
}

/// A request with a body in either type and either encoding, for either form, in either format.
fn event() -> impl Strategy<Value = Event> {
    let choices = (select(&["/login", "/signup"][..]), select(&[JSON, FORM][..]), any::<bool>());
    let accept = select(&["text/html", "application/json"][..]);
    (choices, accept, fields()).prop_map(|((path, content_type, is_base64), accept, fields)| {
        let body = encoded(content_type, fields.into_iter());
        assert!(body.len() <= BODY_LIMIT);
        let body = if is_base64 { BASE64.encode(body.as_bytes()) } else { body };
        let event = Event::new("POST", path).header("accept", accept).header("sec-fetch-site", "same-origin");
        event.body(content_type, &body).with("/isBase64Encoded", json!(is_base64))
    })
}

#[test]
fn the_response_to_a_body_of_at_most_8_kib_has_at_most_16_kib() {
    let logo = format!("data:image/png;base64,{}", "A".repeat(2_024));
    let name = "漢".repeat(50);
    let branding = [("LOGO", &*logo), ("APPLICATION_NAME", &*name)];
    let runtime = runtime();
    let latchkey = runtime.block_on(Latchkey::start_with(&[&NO_ADDRESS_LIMITS[..], &branding].concat()));
    let mut largest = 0;
    let checked = TestRunner::new(cases(1_000)).run(&event(), |event| {
        let response = runtime.block_on(latchkey.send(&event));
        prop_assert!(response.status < 500, "{response:?}");
        prop_assert!(response.body.len() <= LARGEST_RESPONSE, "{} bytes", response.body.len());
        Ok(())
    });
    checked.expect("a small response");
    // The dearest shapes: the longest names of all unknown fields, and the longest texts that a form shows again.
    for part in PARTS {
        let unknown = (0..16).map(|number| (format!("{number:x}{}", part.repeat(63 / part.len())), json!(0)));
        let shown = KNOWN.iter().map(|name| ((*name).to_owned(), json!(part.repeat(300))));
        for body in [encoded(JSON, unknown), encoded(JSON, shown)] {
            for (path, accept) in
                [("/login", JSON), ("/login", "text/html"), ("/signup", JSON), ("/signup", "text/html")]
            {
                let event = Event::new("POST", path).header("accept", accept).body(JSON, &body);
                let response = runtime.block_on(latchkey.send(&event));
                assert_eq!(response.status, 422, "{response:?}");
                largest = largest.max(response.body.len());
            }
        }
    }
    println!("the largest response has {largest} bytes");
    assert!(largest > 8_000 && largest <= LARGEST_RESPONSE, "{largest}");
}

/// The CPU time of this thread.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock").into()
}

/// The least CPU time of several runs, because other programs can only make a run longer.
fn least(mut run: impl FnMut()) -> Duration {
    let times = (0..10).map(|_| {
        let start = cpu_time();
        run();
        cpu_time().saturating_sub(start)
    });
    times.min().expect("a time")
}

/// The bodies that cost the most to read, with their types.
fn dear_bodies() -> Vec<(&'static str, String)> {
    let short_names = || (0..3_000).map(|number| (format!("{number:x}"), json!("")));
    let control = (0..16).map(|number| (format!("{number:x}{}", "\u{1}".repeat(63)), json!(0)));
    let shown = KNOWN.iter().map(|name| ((*name).to_owned(), json!("<".repeat(300))));
    vec![
        (FORM, encoded(FORM, short_names())),
        (JSON, encoded(JSON, short_names())),
        (JSON, encoded(JSON, control)),
        (JSON, encoded(JSON, shown)),
        (JSON, format!("{{\"password\":{}}}", json!(vec![0; 4_000]))),
        (JSON, format!("{{\"password\":{}", "{\"a\":".repeat(1_500))),
        (JSON, format!("{{\"{}\":1}}", "\\u0001".repeat(1_360))),
        (FORM, format!("password={}", "%41".repeat(2_700))),
        (FORM, "&".repeat(BODY_LIMIT)),
    ]
}

#[test]
fn what_a_body_costs_before_the_limiter_is_at_most_a_tenth_of_a_hash() {
    let runtime = runtime();
    let latchkey = runtime.block_on(Latchkey::start_with_real_hashes(&NO_ADDRESS_LIMITS));
    let password = Password::parse(PASSWORD).expect("a password");
    let hash = least(|| drop(latchkey.functions.login.verifier.hasher.hash(&password).expect("a hash")));
    let mut dearest = Duration::ZERO;
    for (content_type, body) in dear_bodies() {
        for (path, accept) in
            [("/login", JSON), ("/login", "text/html"), ("/signup", JSON), ("/signup", "text/html")]
        {
            let event =
                Event::new("POST", path).header("accept", accept).header("sec-fetch-site", "same-origin");
            let event = event.body(content_type, &body);
            let response = runtime.block_on(latchkey.send(&event));
            assert!([400, 422].contains(&response.status), "{response:?}");
            let raw = serde_json::value::to_raw_value(event.json()).expect("JSON");
            let now = latchkey::time::Timestamp::from_seconds(latchkey.now());
            let time = least(|| {
                let name = path.trim_start_matches('/');
                drop(runtime.block_on(latchkey.functions.respond(name, &raw, now)).expect("a function"));
            });
            println!("{time:?} {path} {accept} {} {:.40}", response.status, body.replace('\n', " "));
            dearest = dearest.max(time);
        }
    }
    println!("the dearest body costs {dearest:?}, a hash {hash:?}");
    assert!(dearest * 10 <= hash, "{dearest:?} is more than a tenth of {hash:?}");
    assert_eq!(latchkey.database.take_operations(), Vec::<String>::new(), "no limiter was asked");
}
