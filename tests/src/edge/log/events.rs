//! What a request has done to an account.

use std::collections::BTreeSet;

use serde_json::json;

use crate::functions::account::{delete, rename};
use crate::functions::email::change::changed;
use crate::functions::recovery::undo::undo;
use crate::functions::recovery::{NEW, asked, confirmed, reset};
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::log_entries::LogEntries;
use crate::harness::mail::{of_kind, token};
use crate::harness::{Client, root};

/// The events of the log since the last time.
fn events(log: &LogEntries) -> Vec<String> {
    log.take().iter().filter_map(|entry| entry["event"].as_str().map(str::to_owned)).collect()
}

/// The events that docs/operating.md lists.
fn documented() -> BTreeSet<String> {
    let page = std::fs::read_to_string(root().join("docs/operating.md")).expect("docs/operating.md");
    let (_, list) = page.split_once("`event` says what a request has done").expect("the list");
    let (list, _) = list.split_once(". ").expect("its end");
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[tokio::test]
async fn each_documented_event_is_logged_and_no_other() {
    let log = LogEntries::collect();
    let (latchkey, mut post, mut client) = confirmed("ada1").await;
    let mut seen = BTreeSet::from_iter(events(&log));
    Client::program().post(&latchkey, "/login", &credentials("ada1")).await;
    let list = client.get(&latchkey, "/profile/sessions").await.json();
    let mut sessions = list["sessions"].as_array().expect("a list").iter();
    let session = &sessions.find(|session| session["current"] == false).expect("another one")["id"];
    let new = json!({ "current_password": PASSWORD, "password": NEW });
    let back = json!({ "current_password": NEW, "password": PASSWORD });
    for (path, fields) in [
        ("/profile/sessions/end", json!({ "session": session })),
        ("/profile/sessions/end-others", json!({})),
        ("/profile/name", json!({ "name": "Ada" })),
        ("/profile/password", new),
        ("/profile/password", back),
        ("/confirm", json!({ "password": PASSWORD })),
    ] {
        let response = client.post(&latchkey, path, &fields).await;
        assert!(response.status < 300, "{path}: {response:?}");
        let found = events(&log);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        seen.extend(found);
    }
    assert_eq!(rename(&mut client, &latchkey, "ada2").await.status, 200);
    client.get(&latchkey, "/profile/data").await;
    let link = changed(&latchkey, &mut post, &mut client, "other@example.com").await;
    assert_eq!(undo(&latchkey, &link, NEW).await.status, 204);
    let link = asked(&latchkey, &mut post, "ada2").await;
    assert_eq!(reset(&mut client, &latchkey, &link, PASSWORD).await.status, 204);
    client.post(&latchkey, "/login", &credentials("ada2")).await;
    assert_eq!(delete(&mut client, &latchkey, "ada2").await.status, 204);
    let link = token(of_kind(&post.deliver(&latchkey).await, "account_deleted"));
    assert_eq!(undo(&latchkey, &link, NEW).await.status, 204);
    seen.extend(events(&log));
    assert_eq!(seen, documented());
}

#[tokio::test]
async fn what_does_nothing_is_no_event() {
    let (latchkey, _, mut client) = confirmed("ada1").await;
    let log = LogEntries::collect();
    let head = client.event("HEAD", "/profile/data");
    assert_eq!(client.send(&latchkey, &head).await.status, 200, "it hands nothing out");
    assert_eq!(rename(&mut client, &latchkey, "ada1").await.status, 422);
    client.post(&latchkey, "/confirm", &json!({ "password": NEW })).await;
    let browser = Client::browser().get(&latchkey, "/profile/data").await;
    assert_eq!(browser.status, 303, "to the login");
    assert_eq!(events(&log), Vec::<String>::new());
}
