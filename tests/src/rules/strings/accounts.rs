//! Hostile strings in the fields of a sign-up and of a login.

use latchkey::account::display_name;
use serde_json::json;

use crate::harness::client::PASSWORD;
use crate::rules::strings::{FORMATS, Format, HTML, Hostile, JSON, is_valid, post, strings};

#[tokio::test]
async fn an_accepted_string_logs_in_again_and_a_refused_one_writes_nothing() {
    let mut hostile = Hostile::start().await;
    let mut accounts = 0;
    for (position, text) in strings().into_iter().enumerate() {
        for field in ["username", "email", "name", "password"] {
            let format = FORMATS[position % FORMATS.len()];
            let unique = format!("user-{}", hostile.sent);
            let mut fields = json!({
                "username": unique,
                "email": format!("{unique}@example.com"),
                "name": "Ada",
                "password": PASSWORD,
            });
            fields[field] = json!(text);
            let event = post("/signup", &fields, format).header("user-agent", text);
            let response = hostile.send(event, text).await;
            if !is_valid("/signup", field, text) {
                assert_eq!(response.status, 422, "{field} {text:?}");
                continue;
            }
            if response.status == 409 {
                assert!(["username", "email"].contains(&field), "another spelling has an account");
                continue;
            }
            assert_eq!(response.status, if format.accept == HTML { 303 } else { 201 }, "{response:?}");
            accounts += 1;
            let identifier = if field == "email" { "email" } else { "username" };
            let fields = json!({ identifier: fields[identifier], "password": fields["password"] });
            let format = Format { accept: JSON, ..format };
            let response = hostile.post("/login", &fields, format, text).await;
            assert_eq!(response.status, 200, "{fields}");
            if field == "name" {
                let name = display_name::parse(text).expect("a valid name");
                assert_eq!(response.json()["user"]["name"], json!(name));
            }
        }
    }
    assert!(accounts >= 1_000, "{accounts}");
    assert_eq!(hostile.latchkey.database.counts(), (accounts, 2 * accounts, 2 * accounts));
    assert!(hostile.sent >= 3_500, "{}", hostile.sent);
}

#[tokio::test]
async fn no_string_logs_in() {
    let mut hostile = Hostile::start().await;
    for (position, text) in strings().into_iter().enumerate() {
        for (turn, field) in ["identifier", "username", "email", "password"].into_iter().enumerate() {
            let mut fields = json!({ "password": PASSWORD });
            fields[if field == "password" { "identifier" } else { field }] =
                json!(format!("user-{}", hostile.sent));
            fields[field] = json!(text);
            let format = FORMATS[(position + turn) % FORMATS.len()];
            let response = hostile.post("/login", &fields, format, text).await;
            assert!([401, 422].contains(&response.status), "{response:?}");
        }
    }
    assert_eq!(hostile.latchkey.database.counts(), (0, 0, 0));
    assert!(hostile.sent >= 2_000, "{}", hostile.sent);
}
