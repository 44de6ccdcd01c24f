//! What is left of a deleted account.

use serde_json::json;

use super::{DAY, delete};
use crate::functions::recovery::confirmed;
use crate::harness::client::credentials;
use crate::harness::{Client, Latchkey, template};

/// The tables whose items show a word.
fn showing(latchkey: &Latchkey, word: &str) -> Vec<String> {
    let tables = template().tables().into_iter().map(|table| table.name);
    tables
        .filter(|table| latchkey.database.items(table).iter().any(|item| item.to_string().contains(word)))
        .collect()
}

#[tokio::test]
async fn after_seven_days_no_route_and_no_mail_shows_the_person_and_after_thirty_no_table() {
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    client.post(&latchkey, "/profile/name", &json!({ "name": "Lovelace" })).await;
    client.post(&latchkey, "/profile/email", &json!({ "email": "ada@example.org" })).await;
    let former = client.clone();
    let user_id =
        latchkey.database.items("UsersTable")[0]["user_id"]["S"].as_str().expect("an id").to_owned();
    assert_eq!(delete(&mut client, &latchkey, "ada1").await.status, 204);
    post.deliver(&latchkey).await;
    assert_eq!(showing(&latchkey, "Lovelace"), ["UsersTable"]);

    latchkey.pass(7 * DAY);
    for path in ["/", "/profile", "/profile/sessions", "/profile/data", "/profile/name"] {
        let response = former.clone().get(&latchkey, path).await;
        let text = format!("{response:?}");
        assert!(!text.contains("ada1") && !text.contains("Lovelace"), "{path}: {text}");
    }
    for identifier in ["ada1", "ada1@example.com"] {
        assert_eq!(Client::program().post(&latchkey, "/login", &credentials(identifier)).await.status, 401);
        let fields = json!({ "identifier": identifier });
        assert_eq!(Client::program().post(&latchkey, "/forgot", &fields).await.status, 202);
    }
    assert!(post.deliver(&latchkey).await.is_empty());
    latchkey.database.expire(latchkey.now());
    assert!(showing(&latchkey, "Lovelace").is_empty());
    assert_eq!(showing(&latchkey, "ada1"), ["CredentialsTable"], "the username, held");
    assert!(showing(&latchkey, "ada1@example.com").is_empty());
    latchkey.pass(23 * DAY);
    latchkey.database.expire(latchkey.now());
    assert!(showing(&latchkey, "ada1").is_empty() && showing(&latchkey, &user_id).is_empty());
}
