//! An in-memory database with the tables of the template, behind a [`Proxy`].

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::net::TcpListener;

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
    /// Starts an empty one with the tables of the template.
    pub async fn start() -> Self {
        let tables = local::database::open(None, template()).expect("a database");
        let upstream = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = upstream.local_addr().expect("an address");
        tokio::spawn(dynoxide::server::serve_on(upstream, tables.clone()));

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let proxy = Arc::new(Proxy::new(format!("http://{address}/")));
        tokio::spawn(proxy.clone().accept(listener));
        Self { tables, proxy, endpoint }
    }

    /// Lets the calls to Secrets Manager go to this server.
    pub fn set_secrets_manager(&self, uri: String) {
        self.proxy.set_secrets_manager(uri);
    }

    /// Where it responses.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The calls since the last time.
    pub fn take_calls(&self) -> Vec<Call> {
        self.proxy.take_calls()
    }

    /// The operations of the calls since the last time, sorted, because some are sent at once.
    pub fn take_operations(&self) -> Vec<String> {
        let mut operations: Vec<String> = self.take_calls().into_iter().map(|call| call.operation).collect();
        operations.sort();
        operations
    }

    /// Lets the next call of an operation, named as in [`Call`], fail. Several faults of one operation come one after the other.
    pub fn fail_next(&self, operation: &'static str, fault: Fault) {
        self.proxy.faults.lock().expect("a lock").push(Scripted { operation, fault, lasts: false });
    }

    /// Lets every call of an operation fail, until [`Database::clear_faults`].
    pub fn fail_always(&self, operation: &'static str, fault: Fault) {
        self.proxy.faults.lock().expect("a lock").push(Scripted { operation, fault, lasts: true });
    }

    /// Forgets the faults that have not come to pass.
    pub fn clear_faults(&self) {
        self.proxy.faults.lock().expect("a lock").clear();
    }

    /// Lets these operations be applied in this order only, as [`Proxy::set_order`] says.
    pub fn set_order(&self, order: &[&'static str]) {
        self.proxy.set_order(order);
    }

    /// What of the order has not come to pass.
    pub fn remaining_order(&self) -> Vec<&'static str> {
        self.proxy.remaining_order()
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

    /// A session, the only one of the test.
    pub fn session(&self) -> Value {
        self.items("SessionsTable").pop().expect("a session")
    }

    /// The key of its item.
    pub fn session_key(&self) -> Value {
        let item = self.session();
        json!({ "user_id": item["user_id"], "session_id": item["session_id"] })
    }

    /// The number of items in the users, credentials and sessions tables.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |table| self.items(table).len();
        (count("UsersTable"), count("CredentialsTable"), count("SessionsTable"))
    }

    /// Everything but the limiter's counters, to find that nothing was changed.
    pub fn everything(&self) -> Vec<Vec<Value>> {
        ["UsersTable", "CredentialsTable", "SessionsTable"].map(|table| self.items(table)).to_vec()
    }

    /// Sets attributes of a item, as an operator or another version of Latchkey might.
    pub fn set(&self, table: &str, key: Value, attributes: &Value) {
        let mut item = self.items(table).into_iter().find(|item| contains(item, &key)).unwrap_or(key);
        for (name, value) in attributes.as_object().expect("attributes") {
            item[name] = value.clone();
        }
        let request = json!({ "TableName": table, "Item": item });
        self.tables.put_item(serde_json::from_value(request).expect("a request")).expect("a put");
    }

    /// Deletes every item.
    pub fn clear(&self) {
        for table in template().tables() {
            for item in self.items(&table.name) {
                let names = table.create["KeySchema"].as_array().expect("a key").iter();
                let names = names.map(|part| part["AttributeName"].as_str().expect("a name"));
                let key: Value = names.map(|name| (name.to_owned(), item[name].clone())).collect();
                self.delete(&table.name, &key);
            }
        }
    }

    /// Deletes a item.
    pub fn delete(&self, table: &str, key: &Value) {
        let request = json!({ "TableName": table, "Key": key });
        self.tables.delete_item(serde_json::from_value(request).expect("a request")).expect("a deletion");
    }
}

fn contains(item: &Value, key: &Value) -> bool {
    key.as_object().expect("a key").iter().all(|(name, value)| item.get(name) == Some(value))
}
