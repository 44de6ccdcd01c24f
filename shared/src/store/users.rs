//! The users table, with the key `user_id`.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Number, Value};

use crate::account::attributes::Attributes;
use crate::account::user::{User, UserId};
use crate::aws::failure;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::store::batch;
use crate::store::item::{Item, parse, text};

/// The attribute of the item that holds the attributes of the application.
pub(in crate::store) const ATTRIBUTES: &str = "attributes";

/// The users table.
#[derive(Debug, Clone)]
pub struct Users {
    pub(super) client: Client,
    pub(super) table: String,
}

impl Users {
    /// The table that `USERS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { client: client.clone(), table: environment.table("USERS_TABLE")? })
    }

    /// Reads a user. `None` if there is none with this id.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn get(&self, user_id: &UserId) -> Result<Option<User>, Error> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let output = get.key("user_id", text(user_id.as_str())).send().await;
        output.map_err(|error| failure(&error))?.item.map(|item| parse_user(&self.table, item)).transpose()
    }

    /// Reads at most 100 users, in any order, without those who are missing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn get_all(&self, ids: &[UserId]) -> Result<Vec<User>, Error> {
        let keys = ids.iter().map(|id| Item::from([("user_id".to_owned(), text(id.as_str()))]));
        let items = batch::read_table(&self.client, &self.table, keys.collect()).await?;
        items.into_iter().map(|item| parse_user(&self.table, item)).collect()
    }
}

/// Parses the item of a user. An application that writes wrong attributes must not lock the user out, so those of a
/// wrong shape are left out.
pub(super) fn parse_user(table: &str, mut item: Item) -> Result<User, Error> {
    let attributes = item.remove(ATTRIBUTES);
    let user: User = parse(table, item)?;
    Ok(User { attributes: attributes.map(attributes_of).unwrap_or_default(), ..user })
}

fn attributes_of(value: AttributeValue) -> Attributes {
    match value {
        AttributeValue::M(values) => {
            let values: HashMap<String, AttributeValue> = values;
            Attributes::new(values.into_iter().map(|(name, value)| (name, json(value))))
        }
        _ => Attributes::new([(String::new(), None)]),
    }
}

/// A value as JSON. `None` if an attribute cannot have it.
fn json(value: AttributeValue) -> Option<Value> {
    match value {
        AttributeValue::S(text) => Some(Value::String(text)),
        AttributeValue::Bool(value) => Some(Value::Bool(value)),
        AttributeValue::N(number) => exact(&number).map(Value::Number),
        AttributeValue::L(values) => values.into_iter().map(json).collect::<Option<_>>().map(Value::Array),
        AttributeValue::Ss(texts) => Some(Value::Array(texts.into_iter().map(Value::String).collect())),
        _ => None,
    }
}

/// A number that every reader of JSON takes for the same one: a whole number of up to 53 bits, or a decimal that a
/// double expresses exactly as it is written. Two ids of tenants must not become one.
fn exact(number: &str) -> Option<Number> {
    const MOST: u64 = (1 << 53) - 1;
    let whole = number.parse::<i64>().ok().filter(|whole| whole.unsigned_abs() <= MOST).map(Number::from);
    let decimal = || Number::from_f64(number.parse().ok()?).filter(|found| found.to_string() == number);
    whole.or_else(decimal)
}
