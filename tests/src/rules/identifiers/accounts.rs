//! Accounts by the texts that their users type: old names, emails as typed, and invisible characters.

use serde_json::json;

use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::{Client, Latchkey};

#[tokio::test]
async fn a_user_whose_name_no_one_could_choose_today_still_logs_in() {
    let latchkey = Latchkey::start_with(&[("RESERVED_USERNAMES", "ada1")]).await;
    let reserved = Client::program().post(&latchkey, "/signup", &account("Ada1")).await;
    assert_eq!(reserved.field_errors(), [("username".to_owned(), "reserved".to_owned())]);
    let latchkey = Latchkey::before(&latchkey.database, &[]);
    Client::signed_up(&latchkey, "ada1").await;
    let latchkey = Latchkey::before(&latchkey.database, &[("RESERVED_USERNAMES", "ada1")]);
    let user = latchkey.database.items("UsersTable").pop().expect("a user");
    let credential = |name: &str| json!({ "identifier": { "S": format!("username#{name}") } });
    let items = latchkey.database.items("CredentialsTable");
    let known = items.iter().find(|item| item["identifier"]["S"] == "username#ada1").expect("a credential");
    for name in ["admin.", "root_", "a.-_", "support"] {
        let mut attributes = known.clone();
        attributes.as_object_mut().expect("an item").remove("identifier");
        latchkey.database.set("CredentialsTable", credential(name), &attributes);
        let key = json!({ "user_id": user["user_id"] });
        let named = json!({ "username": { "S": name }, "username_canonical": { "S": name } });
        latchkey.database.set("UsersTable", key, &named);
        let response = Client::program().post(&latchkey, "/login", &credentials(name)).await;
        assert_eq!((response.status, &response.json()["user"]["username"]), (200, &json!(name)));
    }
    let former = Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
    assert_eq!(former.status, 401, "a credential that the user no longer has lets no one in");
}

#[tokio::test]
async fn an_email_is_compared_in_one_form_and_shown_as_it_was_typed() {
    let latchkey = Latchkey::start().await;
    let mut fields = account("ada1");
    fields["email"] = json!(" Ada.L@Bücher.EXAMPLE\u{200b}");
    let mut client = Client::program();
    let response = client.post(&latchkey, "/signup", &fields).await;
    assert_eq!(response.status, 201, "{response:?}");
    for response in [response, client.get(&latchkey, "/profile").await] {
        let user = &response.json()["user"];
        assert_eq!(user["email"], "ada.l@xn--bcher-kva.example");
        assert_eq!(user["email_shown"], "Ada.L@bücher.example");
    }
    let page = client.clone().in_a_browser().get(&latchkey, "/profile").await;
    assert!(page.body.contains("<bdi>Ada.L@bücher.example</bdi>"), "{}", page.body);
    for typed in ["ada.l@bücher.example", "ADA.L@xn--bcher-kva.example", "Ada.L@BÜCHER.example\u{feff}"] {
        assert_eq!(
            Client::program().post(&latchkey, "/login", &credentials(typed)).await.status,
            200,
            "{typed}"
        );
        let mut other = account("ada2");
        other["email"] = json!(typed);
        assert_eq!(
            Client::program().post(&latchkey, "/signup", &other).await.code(),
            "email_taken",
            "{typed}"
        );
    }

    // An item of a version that kept the one form only.
    let user = latchkey.database.items("UsersTable").pop().expect("a user");
    let mut old = user.clone();
    assert!(old.as_object_mut().expect("an item").remove("email_shown").is_some());
    latchkey.database.delete("UsersTable", &json!({ "user_id": user["user_id"] }));
    latchkey.database.set("UsersTable", json!({ "user_id": user["user_id"] }), &old);
    let shown = client.get(&latchkey, "/profile").await.json();
    assert_eq!(shown["user"]["email_shown"], "ada.l@xn--bcher-kva.example");
}

#[tokio::test]
async fn a_login_says_that_an_identifier_has_an_invisible_character_and_counts_no_guess() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    latchkey.database.take_calls();
    for text in ["ad\u{200b}a1", "ada1@exam\u{ad}ple.com"] {
        let response = Client::program().post(&latchkey, "/login", &credentials(text)).await;
        assert_eq!(response.field_errors(), [("identifier".to_owned(), "invalid".to_owned())]);
        let page = Client::browser().post(&latchkey, "/login", &credentials(text)).await;
        assert!(page.body.contains("Remove the invisible character from the username or email address<"));
    }
    assert_eq!(latchkey.database.take_operations(), Vec::<String>::new());
    let blank =
        json!({ "username": "\u{200b}", "email": "\u{3164}", "identifier": "ada1", "password": PASSWORD });
    assert_eq!(
        Client::program().post(&latchkey, "/login", &blank).await.status,
        200,
        "what no reader sees is blank"
    );
    let around = Client::program().post(&latchkey, "/login", &credentials("\u{feff}ada1\u{200b}")).await;
    assert_eq!(around.status, 200);
}
