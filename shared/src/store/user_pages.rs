//! The users table from its beginning to its end, for an operator. No request reads it so.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};

use crate::account::user::{User, UserId};
use crate::aws::failure;
use crate::error::Error;
use crate::store::client::item_count;
use crate::store::item::{Item, number, text};
use crate::store::users::{Users, parse_user};
use crate::time::Timestamp;

/// Which users are wanted. Without any of these, all are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A part of the username or of the email, or of the display name as it is, in lower case, or with a capital.
    pub part: Option<String>,
    /// The role.
    pub role: Option<String>,
    /// The status, as the item says it.
    pub status: Option<String>,
    /// Users who signed up since then.
    pub since: Option<Timestamp>,
    /// Only users without a confirmed email address.
    pub is_unverified: bool,
}

/// A page of the table.
#[derive(Debug)]
pub struct UserPage {
    /// The users of the page who are wanted.
    pub users: Vec<User>,
    /// The ids of items that cannot be read.
    pub malformed: Vec<String>,
    /// After whom the next page begins. `None` if this is the last one.
    pub next: Option<UserId>,
    /// The number of items that the page has read.
    pub read: u64,
    /// The read request units that it took.
    pub units: f64,
}

impl Users {
    /// Reads the next page of the table: about a megabyte, or at most `limit` items. It is not strongly consistent,
    /// which halves its price.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn page(
        &self,
        wanted: &Wanted,
        after: Option<&UserId>,
        limit: Option<i32>,
    ) -> Result<UserPage, Error> {
        let start = after.map(|id| Item::from([("user_id".to_owned(), text(id.as_str()))]));
        let mut scan = self
            .client
            .scan()
            .table_name(&self.table)
            .set_exclusive_start_key(start)
            .set_limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let (conditions, names, values) = wanted.conditions();
        if !conditions.is_empty() {
            scan = scan.filter_expression(conditions.join(" AND "));
        }
        for name in names {
            scan = scan.expression_attribute_names(format!("#{name}"), name);
        }
        for (name, value) in values {
            scan = scan.expression_attribute_values(name, value);
        }
        let page = scan.send().await.map_err(|error| failure(&error))?;
        let (mut users, mut malformed) = (Vec::new(), Vec::new());
        for item in page.items.unwrap_or_default() {
            let id = item.get("user_id").and_then(|id| id.as_s().ok()).cloned().unwrap_or_default();
            match parse_user(&self.table, item) {
                Ok(user) => users.push(user),
                Err(_) => malformed.push(id),
            }
        }
        let next = page.last_evaluated_key.and_then(|key| UserId::parse(key.get("user_id")?.as_s().ok()?));
        let units = page.consumed_capacity.and_then(|consumed| consumed.capacity_units);
        let read = u64::try_from(page.scanned_count).unwrap_or_default();
        Ok(UserPage { users, malformed, next, read, units: units.unwrap_or_default() })
    }

    /// The number of users, as DynamoDB has last counted them. It is some hours old.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn count(&self) -> Result<u64, Error> {
        item_count(&self.client, &self.table).await
    }
}

/// Conditions, the names of attributes in them that are words of DynamoDB, and values.
type Conditions = (Vec<&'static str>, Vec<&'static str>, Vec<(&'static str, AttributeValue)>);

impl Wanted {
    fn conditions(&self) -> Conditions {
        let (mut conditions, mut names, mut values): Conditions = Default::default();
        if let Some(part) = &self.part {
            conditions.push(
                "(contains(username_canonical, :lower) OR contains(email, :lower) OR contains(#name, :part) OR \
                 contains(#name, :lower) OR contains(#name, :capital))",
            );
            names.push("name");
            let lower = part.to_lowercase();
            let mut letters = lower.chars();
            let capital: String =
                letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
            values.push((":capital", text(&capital)));
            values.push((":lower", text(&lower)));
            values.push((":part", text(part)));
        }
        for (name, condition, place, value) in [
            ("role", "#role = :role", ":role", &self.role),
            ("status", "#status = :status", ":status", &self.status),
        ] {
            if let Some(value) = value {
                conditions.push(condition);
                names.push(name);
                values.push((place, text(value)));
            }
        }
        if let Some(since) = self.since {
            conditions.push("created_at >= :since");
            values.push((":since", number(since.as_seconds())));
        }
        if self.is_unverified {
            conditions.push("attribute_not_exists(email_verified_at)");
        }
        (conditions, names, values)
    }
}
