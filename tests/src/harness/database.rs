//! An in-memory database with the tables of the template, behind a [`Proxy`].

use std::sync::Arc;

use local::stream::Stream;
use local::template::Table;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::latchkey::ACCESS_TOKEN_KEYS;
use crate::harness::proxy::{Call, Fault, Proxy, Scripted};
use crate::harness::template;

/// The database of one test.
#[derive(Clone)]
pub struct Database {
    tables: dynoxide::Database,
    proxy: Arc<Proxy>,
    endpoint: String,
}

impl Database {
    /// Starts an empty database with the tables of the template.
    pub async fn start() -> Self {
        let tables = local::database::open(None, template()).expect("a database");
        local::database::publish(&tables, &ACCESS_TOKEN_KEYS).expect("the public keys");
        let upstream = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = upstream.local_addr().expect("an address");
        tokio::spawn(dynoxide::server::serve_on(upstream, tables.clone()));

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let proxy = Arc::new(Proxy::new(format!("http://{address}/")));
        tokio::spawn(proxy.clone().accept(listener));
        Self { tables, proxy, endpoint }
    }

    /// The stream of a table, from its next item on.
    pub fn stream(&self, table: &str) -> Stream {
        let mut stream = Stream::new(self.tables.clone(), table.to_owned());
        stream.new_items().expect("a stream");
        stream
    }

    /// Forwards the calls to Secrets Manager to this server.
    pub fn set_secrets_manager(&self, uri: String) {
        self.proxy.set_secrets_manager(uri);
    }

    /// The URL of the database.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The calls since the last time this was called.
    pub fn take_calls(&self) -> Vec<Call> {
        self.proxy.take_calls()
    }

    /// The operations of these calls. They are sorted, because a function sends some of its calls at once.
    pub fn take_operations(&self) -> Vec<String> {
        let mut operations: Vec<String> = self.take_calls().into_iter().map(|call| call.operation).collect();
        operations.sort();
        operations
    }

    /// Lets the next call of an operation meet a fault. [`Call`] explains the names of operations. Several faults of
    /// one operation happen in turn.
    pub fn fail_next(&self, operation: &'static str, fault: Fault) {
        self.proxy.faults.lock().expect("a lock").push(Scripted { operation, fault, is_lasting: false });
    }

    /// Lets every call of an operation meet a fault, until [`Database::clear_faults`].
    pub fn fail_always(&self, operation: &'static str, fault: Fault) {
        self.proxy.faults.lock().expect("a lock").push(Scripted { operation, fault, is_lasting: true });
    }

    /// Removes the faults that have not happened.
    pub fn clear_faults(&self) {
        self.proxy.faults.lock().expect("a lock").clear();
    }

    /// Applies these operations in this order only. Each waits for the ones before it.
    pub fn set_order(&self, order: &[&'static str]) {
        self.proxy.order.set(order);
    }

    /// The operations of the order that have not been applied.
    pub fn remaining_order(&self) -> Vec<&'static str> {
        self.proxy.order.remaining()
    }

    /// All items of a table, as DynamoDB's JSON.
    pub fn items(&self, table: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut request = json!({ "TableName": table });
        loop {
            let page = self.tables.scan(serde_json::from_value(request.clone()).expect("a request"));
            let page = serde_json::to_value(page.expect("a scan")).expect("JSON");
            items.extend(page["Items"].as_array().into_iter().flatten().cloned());
            let Some(last) = page.get("LastEvaluatedKey").filter(|last| !last.is_null()) else {
                return items;
            };
            request["ExclusiveStartKey"] = last.clone();
        }
    }

    /// The only session of the test.
    pub fn session(&self) -> Value {
        self.items("SessionsTable").pop().expect("a session")
    }

    /// The key of that session.
    pub fn session_key(&self) -> Value {
        let item = self.session();
        json!({ "user_id": item["user_id"], "session_id": item["session_id"] })
    }

    /// The number of items in the users, credentials and sessions tables.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |table| self.items(table).len();
        (count("UsersTable"), count("CredentialsTable"), count("SessionsTable"))
    }

    /// All items but the limiter's counters. The tests compare them to find changes.
    pub fn everything(&self) -> Vec<Vec<Value>> {
        ["UsersTable", "CredentialsTable", "SessionsTable"].map(|table| self.items(table)).to_vec()
    }

    /// Sets attributes of an item, as an operator or another version of Latchkey may do.
    pub fn set(&self, table: &str, key: Value, attributes: &Value) {
        let mut item = self.items(table).into_iter().find(|item| contains(item, &key)).unwrap_or(key);
        for (name, value) in attributes.as_object().expect("attributes") {
            item[name] = value.clone();
        }
        let request = json!({ "TableName": table, "Item": item });
        self.tables.put_item(serde_json::from_value(request).expect("a request")).expect("a put");
    }

    /// Adds many items at once.
    pub fn import(&self, table: &str, items: Vec<Value>) {
        let items = serde_json::from_value(Value::Array(items)).expect("items");
        self.tables.import_items(table, items, dynoxide::ImportOptions::default()).expect("an import");
    }

    /// Deletes every item but the public keys.
    pub fn clear(&self) {
        self.delete_where(|table, _| table.name != "KeysTable");
    }

    /// Deletes what DynamoDB's time to live has deleted some time after this one.
    pub fn expire(&self, now: i64) {
        self.delete_where(|table, item| {
            let end = table.time_to_live.as_ref().and_then(|attribute| item.get(attribute));
            end.and_then(|end| end["N"].as_str()?.parse::<i64>().ok()).is_some_and(|end| end <= now)
        });
    }

    fn delete_where(&self, is_due: impl Fn(&Table, &Value) -> bool) {
        for table in template().tables() {
            for item in self.items(&table.name).into_iter().filter(|item| is_due(&table, item)) {
                let names = table.create["KeySchema"].as_array().expect("a key").iter();
                let names = names.map(|part| part["AttributeName"].as_str().expect("a name"));
                let key: Value = names.map(|name| (name.to_owned(), item[name].clone())).collect();
                self.delete(&table.name, &key);
            }
        }
    }

    /// Deletes an item.
    pub fn delete(&self, table: &str, key: &Value) {
        let request = json!({ "TableName": table, "Key": key });
        self.tables.delete_item(serde_json::from_value(request).expect("a request")).expect("a deletion");
    }
}

fn contains(item: &Value, key: &Value) -> bool {
    key.as_object().expect("a key").iter().all(|(name, value)| item.get(name) == Some(value))
}
