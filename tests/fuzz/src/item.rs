//! Rows: the text is an item in DynamoDB's own JSON.

use std::fmt::Debug;

use latchkey::account::{Status, User};
use latchkey::limits::{Attempt, FailureLimit, Failures};
use latchkey::session::Session;
use latchkey::store::Credential;
use latchkey::time::{Seconds, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item};

/// An item that is a row of ours becomes the same item again, and what the code does with a row works with it.
pub fn item(data: &[u8]) {
    let Ok(item) = serde_json::from_slice::<Item>(data) else { return };
    let user = row::<User>(&item);
    if let Some(user) = &user {
        let is_active = item.get("status") == Some(&AttributeValue::S("active".to_owned()));
        assert_eq!(user.status == Status::Active, is_active);
        // A time that RFC 3339 cannot write is an error, not a panic.
        let _ = serde_json::to_value(user.view());
    }
    row::<Credential>(&item);
    if let (Some(session), Some(user)) = (row::<Session>(&item), user) {
        let end = session.idle_until.min(session.absolute_until);
        for now in [crate::NOW, session.created_at, end, Timestamp::from_seconds(i64::MAX)] {
            assert!(now < end || !session.is_live(&user, now));
        }
        let _ = serde_json::to_value(session.view());
    }
    if let Ok(found) = serde_dynamo::from_item::<_, Failures>(item) {
        failures(&found);
    }
}

/// Whatever a counter says, nobody waits longer than the longest wait after the last failure.
fn failures(found: &Failures) {
    let limit =
        FailureLimit { free: 10, first_wait: Seconds(30), longest_wait: Seconds(900), disable_at: Some(100) };
    let is_forgotten = found.expires_at.is_some_and(|end| end <= crate::NOW);
    match limit.attempt(found, crate::NOW) {
        Attempt::Refused(wait) => {
            assert!(!is_forgotten && wait > Seconds(0));
            assert!(wait <= limit.longest_wait || found.last_at > crate::NOW);
        }
        Attempt::First => assert!(is_forgotten),
        Attempt::Free | Attempt::Next => assert!(!is_forgotten && found.failures < 100),
    }
}

/// The item as a row; what the row becomes is in the item, but for what this version does not know.
fn row<T: DeserializeOwned + Serialize + Debug>(item: &Item) -> Option<T> {
    let row: T = serde_dynamo::from_item(item.clone()).ok()?;
    let written: Item = serde_dynamo::to_item(&row).expect("an item");
    for (name, value) in written.iter() {
        match (item.get(name), value) {
            (Some(AttributeValue::N(read)), AttributeValue::N(written)) => {
                assert_eq!(read.parse::<i128>().ok(), written.parse().ok(), "{name}");
            }
            (Some(_), _) if name == "status" => {}
            (read, written) => assert_eq!(read, Some(written), "{name}"),
        }
    }
    let again: T = serde_dynamo::from_item(written).expect("a row");
    assert_eq!(format!("{again:?}"), format!("{row:?}"));
    Some(row)
}
