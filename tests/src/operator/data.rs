//! What is stored about a user: the attributes of the application, and a copy of all of it.

use serde_json::json;

use crate::operator::users::{guess, user, with_ada};

#[tokio::test]
async fn attributes_are_replaced_and_wrong_ones_change_nothing() {
    let (operator, mut client) = with_ada().await;
    let latchkey = &operator.latchkey;
    let set = async |json: &str| operator.run(&["user", "attributes", "ada.l", json]).await;
    set(r#"{"plan": "pro", "seats": 12.5, "teams": ["a", "b"], "trial": false}"#).await.ok();
    let said = set(r#"{"plan": "pro", "seats": 12}"#).await.ok();
    assert_eq!(said, "Ada.L has the attributes {\"plan\":\"pro\",\"seats\":12}.\n");
    let profile = client.get(latchkey, "/profile").await.json();
    assert_eq!(profile["user"]["attributes"], json!({ "plan": "pro", "seats": 12 }));
    let before = latchkey.database.everything();
    for wrong in ["plan=pro", "[]", r#"{"plan": null}"#, r#"{"2": 1}"#, r#"{"a": {"b": 1}}"#] {
        assert_eq!(set(wrong).await.code, 2, "{wrong}");
    }
    assert_eq!(latchkey.database.everything(), before);
    // Another change keeps them, whatever their shape is.
    let key = json!({ "user_id": user(latchkey)["user_id"] });
    let hostile = json!({ "attributes": { "M": { "odd": { "NULL": true } } } });
    latchkey.database.set("UsersTable", key, &hostile);
    operator.run(&["user", "role", "ada.l", "editor"]).await.ok();
    assert_eq!(user(latchkey)["attributes"], hostile["attributes"]);
    set("{}").await.ok();
    assert!(user(latchkey).get("attributes").is_none());
}

#[tokio::test]
async fn a_person_gets_all_that_is_stored_and_no_secret() {
    let (operator, client) = with_ada().await;
    let latchkey = &operator.latchkey;
    guess(latchkey, "ada.l").await;
    let key = json!({ "user_id": user(latchkey)["user_id"] });
    let attributes = json!({ "attributes": { "M": { "plan": { "S": "pro" } } } });
    latchkey.database.set("UsersTable", key, &attributes);
    let done = operator.run(&["user", "show", "ada.l", "--all"]).await.json();
    assert_eq!(done["user"]["email_shown"], "Ada.L@example.com", "{done}");
    assert_eq!(done["user"]["attributes"], json!({ "plan": "pro" }));
    let identifiers = ["username#ada.l", "email#ada.l@example.com"];
    assert_eq!([0, 1].map(|number| done["credentials"][number]["identifier"].clone()), identifiers);
    assert_eq!(done["failures"]["username"]["failures"], 1);
    let session = &done["sessions"][0];
    assert!(session["created_at"].is_string() && session["expires_at"].is_string(), "{session}");
    let text = done.to_string();
    let session = latchkey.database.session();
    let secrets = [client.token(), session["session_id"]["S"].as_str().expect("an id"), "$argon2id"];
    assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");

    let text = operator.run(&["user", "show", "ada.l", "--password"]).await.ok();
    let form = text.lines().find_map(|line| line.strip_prefix("  password  ")).expect("a line");
    assert!(form.starts_with("argon2id m=") && !form.contains('$') && form.len() < 30, "{form}");
}
