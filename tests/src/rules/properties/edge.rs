//! Properties of the edge: bodies arrive as the client sent them, and errors and log entries keep their format.

use std::collections::{BTreeMap, BTreeSet};

use latchkey::account::Identifier;
use latchkey::error::{Cause, Error};
use latchkey::http::branding::{Branding, Color};
use latchkey::http::layout::Layout;
use latchkey::http::media_type::{body_type, html_or_json};
use latchkey::http::problem::{self, Code};
use latchkey::http::request::Request;
use latchkey::http::{Failure, Problem, Rejection, body};
use latchkey::time::{Seconds, Timestamp};
use latchkey::violation::{FieldError, violation};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::client::form;
use crate::harness::log_entries::LogEntries;
use crate::harness::{Event, Response, root};
use crate::rules::properties::{cases, text};

const SECRET: &str = "only for the operator";

/// One failure of each kind. The causes contain [`SECRET`].
fn failures(text: &str) -> Vec<Failure> {
    let field = |code| FieldError { field: text.to_owned().into(), error: violation(code, text.to_owned()) };
    let rejections = [
        Rejection::NotFound,
        Rejection::MethodNotAllowed { allow: "GET, HEAD".to_owned() },
        Rejection::CrossOrigin(text.to_owned()),
        Rejection::UnknownOrigin { origin: text.to_owned() },
        Rejection::UnsupportedMediaType,
        Rejection::PayloadTooLarge,
        Rejection::MalformedBody("send a better one"),
    ];
    let errors = [
        Error::InvalidInput(vec![field("invalid"), field("unknown")]),
        Error::Taken { username: true, email: true },
        Error::Taken { username: false, email: true },
        Error::InvalidCredentials,
        Error::TooManyAttempts { retry_after: Seconds(30) },
        Error::Unavailable(Cause::new(SECRET).after(Some(text))),
        Error::internal(SECRET),
    ];
    let rejections = rejections.into_iter().map(Failure::from);
    let errors = errors.into_iter().map(Failure::from);
    rejections.chain(errors).chain(Code::ALL.map(Failure::from)).collect()
}

/// Code and status of every error, as docs/api.md lists them.
fn documented() -> BTreeMap<String, u16> {
    let page = std::fs::read_to_string(root().join("docs/api.md")).expect("docs/api.md");
    let rows = page.lines().skip_while(|line| !line.starts_with("| code | status |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|')).map(|line| line.split('|').map(str::trim));
    let mut codes = BTreeMap::new();
    for cells in rows.map(Iterator::collect::<Vec<_>>) {
        for (names, status) in cells.windows(2).filter_map(|cells| Some((cells[0], cells[1].parse().ok()?))) {
            let names = names.split('`').skip(1).step_by(2).filter(|name| !name.contains(char::is_uppercase));
            codes.extend(names.map(|name| (name.to_owned(), status)));
        }
    }
    codes
}

fn request(event: &Event) -> Request {
    let event = serde_json::value::to_raw_value(event.json()).expect("JSON");
    Request::from_event(&event, "request-id", Timestamp::from_seconds(0))
}

#[test]
fn these_tests_cover_every_documented_error() {
    let tried: BTreeSet<String> =
        failures("x").iter().map(|failure| failure.reason.code().as_str().to_owned()).collect();
    assert_eq!(tried, documented().into_keys().collect());
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn every_error_has_its_documented_status_and_hides_its_cause(text in text()) {
        let documented = documented();
        let branding = Branding { name: "Tests".to_owned(), accent: Color::BLACK, logo: None };
        let layout = Layout::new(branding, "'self'".to_owned(), true, true);
        for failure in failures(&format!("MARK{text}MARK")) {
            for accept in ["application/json", "text/html"] {
                let request = request(&Event::new("GET", "/").header("accept", accept));
                let response = problem::respond(&failure, &request, &layout, |_| None).into_event(true);
                let response = Response::from_event(response);
                let problem = Problem::new(&failure.reason, "id");
                prop_assert_eq!(i64::from(problem.status.as_u16()), response.status);
                prop_assert_eq!(documented.get(problem.code.as_str()), Some(&problem.status.as_u16()));
                prop_assert!(problem.status.as_u16() >= 400);
                prop_assert!(!problem.title.is_empty() && problem.detail.ends_with('.'));
                prop_assert!(!response.body.contains(SECRET));
                prop_assert!(!response.headers.values().any(|value| value.contains(SECRET)));
                if accept == "text/html" {
                    let inside = response.body.split("MARK").skip(1).step_by(2).collect::<String>();
                    prop_assert!(!inside.contains(['<', '>', '"', '\'']), "{}", response.body);
                } else {
                    prop_assert_eq!(response.code(), problem.code.as_str());
                    prop_assert_eq!(response.field_errors().len(), problem.errors.len());
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn a_log_entry_is_one_line_of_json_for_any_content(
        bytes in prop::collection::vec(any::<u8>(), 0..60), text in text(),
    ) {
        let written = LogEntries::collect();
        let message = String::from_utf8_lossy(&bytes).into_owned();
        tracing::error!(request_id = text, "{message}");
        tracing::debug!("a level that no setting enables");
        let written = written.take_text();
        prop_assert_eq!(written.matches('\n').count(), 1);
        prop_assert!(written.ends_with('\n') && !written.contains('\r'));
        let line: Value = serde_json::from_str(&written).unwrap();
        prop_assert_eq!((&line["message"], &line["request_id"]), (&json!(message), &json!(text)));
    }

    #[test]
    fn fields_arrive_as_they_were_sent_in_both_encodings(fields in prop::collection::btree_map(text(), text(), 0..6)) {
        let fields = json!(fields);
        for (content_type, body) in
            [("application/json", fields.to_string()), ("application/x-www-form-urlencoded", form(&fields))]
        {
            let request = request(&Event::new("POST", "/").body(content_type, &body));
            let read = body::read(&request);
            let names = fields.as_object().unwrap().keys();
            let is_read = body.len() <= 8 * 1024 && names.clone().all(|name| name.len() <= 64);
            prop_assert_eq!(read.is_ok(), is_read);
            let Ok(mut input) = read else { continue };
            let fields = fields.as_object().unwrap();
            for (name, value) in fields {
                let text = value.as_str().unwrap();
                let is_blank = Identifier::parse(text).is_err_and(|error| error.code == "required");
                prop_assert_eq!(input.has(name), !is_blank);
                let is_shown = text.chars().count() <= 300;
                prop_assert_eq!(input.shown(name), if is_shown { text } else { "" });
            }
            prop_assert_eq!(input.required("not sent", |_| Ok(())), fields.contains_key("not sent").then_some(()));
            let Err(Error::InvalidInput(wrong)) = input.finish(Some(())) else { panic!("a field is missing") };
            let unknown = if content_type == "application/json" { fields.len() } else { 0 };
            prop_assert_eq!(wrong.len(), unknown + 1);
        }
    }

    #[test]
    fn media_types_ignore_case_and_only_another_charset_refuses_a_body(
        text in prop_oneof![text(), "( ?(charset|CHARSET|boundary)=[\"']?(utf|UTF)-?(8|16)[\"']? ?;){1,2}"],
    ) {
        for base in ["application/json", "application/x-www-form-urlencoded"] {
            let known = body_type(base);
            prop_assert_eq!(body_type(&base.to_ascii_uppercase()), known);
            let parameters = text.to_ascii_lowercase();
            let charsets = parameters.split(';').filter_map(|parameter| {
                let (name, value) = parameter.split_once('=')?;
                (name.trim_matches([' ', '\t']) == "charset").then(|| value.trim_matches([' ', '\t']))
            });
            let is_utf_8 = |charset: &str| {
                ["", "utf-8", "utf8", "us-ascii"].contains(&charset.trim_matches(['"', '\'']))
            };
            let expected = if charsets.clone().all(is_utf_8) { known } else { None };
            prop_assert_eq!(body_type(&format!("{base};{text}")), expected);
        }
        prop_assert_eq!(html_or_json(&text.to_ascii_uppercase()), html_or_json(&text.to_ascii_lowercase()));
        prop_assert_eq!(body_type(&text.to_ascii_uppercase()), body_type(&text.to_ascii_lowercase()));
        if html_or_json(&text).is_gt() {
            prop_assert!(text.to_ascii_lowercase().contains("text/"));
        }
    }
}
