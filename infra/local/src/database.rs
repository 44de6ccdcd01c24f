//! The embedded database with the tables of the template.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use dynoxide::Database;
use serde_json::json;

use crate::Failure;
use crate::template::Template;

/// The time between two deletions of expired items. DynamoDB may take days, so no code relies on a deletion.
const SWEEP: Duration = Duration::from_mins(1);

/// Opens the database in a file, or in memory, and creates the tables that are missing.
///
/// # Errors
/// When the file cannot be opened, or a table cannot be created.
pub fn open(file: Option<&Path>, template: &Template) -> Result<Database, Failure> {
    let database = match file {
        Some(file) => Database::new(file.to_str().ok_or("the path of the database is not UTF-8")?)?,
        None => Database::memory()?,
    };
    let existing = database.list_tables(serde_json::from_value(json!({}))?)?.table_names;
    for table in template.tables() {
        if existing.contains(&table.name) {
            continue;
        }
        database.create_table(serde_json::from_value(table.create)?)?;
        if let Some(attribute) = table.time_to_live {
            let specification = json!({ "AttributeName": attribute, "Enabled": true });
            let update = json!({ "TableName": table.name, "TimeToLiveSpecification": specification });
            database.update_time_to_live(serde_json::from_value(update)?)?;
        }
    }
    Ok(database)
}

/// Deletes expired items once a minute, and never returns.
pub async fn sweep(database: Database) -> Infallible {
    loop {
        tokio::time::sleep(SWEEP).await;
        if let Err(error) = database.sweep_ttl() {
            eprintln!("latchkey: the database could not delete expired items: {error}");
        }
    }
}
