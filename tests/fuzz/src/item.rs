//! Items: the text is an item in DynamoDB's own JSON.

use std::fmt::Debug;

use latchkey::account::{Status, User};
use latchkey::limits::{Attempt, FailureLimit, Failures};
use latchkey::session::Session;
use latchkey::store::Credential;
use latchkey::time::{Seconds, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item};

/// An item that Latchkey accepts becomes the same item again, and Latchkey's functions work on it.
pub fn item(data: &[u8]) {
    let Ok(item) = serde_json::from_slice::<Item>(data) else { return };
    let user = parse::<User>(&item);
    if let Some(user) = &user {
        let is_active = item.get("status") == Some(&AttributeValue::S("active".to_owned()));
        assert_eq!(user.status == Status::Active, is_active);
        // A time that RFC 3339 cannot write is an error, not a panic.
        let _ = serde_json::to_value(user.view());
    }
    parse::<Credential>(&item);
    if let (Some(session), Some(user)) = (parse::<Session>(&item), user) {
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

/// Whatever a counter holds, no delay is longer than `longest_wait`, unless the last failure is in the future.
fn failures(found: &Failures) {
    let limit =
        FailureLimit { free: 10, first_wait: Seconds(30), longest_wait: Seconds(900), disable_at: Some(100) };
    let is_forgotten = found.expires_at.is_some_and(|end| end <= crate::NOW);
    match limit.attempt(found, crate::NOW) {
        Attempt::Refused(delay) => {
            assert!(!is_forgotten && delay > Seconds(0));
            assert!(delay <= limit.longest_wait || found.last_at > crate::NOW);
        }
        Attempt::First => assert!(is_forgotten),
        Attempt::Free | Attempt::Next => assert!(!is_forgotten && found.failures < 100),
    }
}

/// The value that the item becomes. Everything that the value writes back is in the item, which may have further
/// attributes.
fn parse<T: DeserializeOwned + Serialize + Debug>(item: &Item) -> Option<T> {
    let value: T = serde_dynamo::from_item(item.clone()).ok()?;
    let written: Item = serde_dynamo::to_item(&value).expect("an item");
    for (name, attribute) in written.iter() {
        match (item.get(name), attribute) {
            (Some(AttributeValue::N(read)), AttributeValue::N(written)) => {
                assert_eq!(read.parse::<i128>().ok(), written.parse().ok(), "{name}");
            }
            (Some(_), _) if name == "status" => {}
            (read, written) => assert_eq!(read, Some(written), "{name}"),
        }
    }
    let again: T = serde_dynamo::from_item(written).expect("a value");
    assert_eq!(format!("{again:?}"), format!("{value:?}"));
    Some(value)
}
