//! The stack of a running `make dev`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use latchkey::keys::KeySet;
use serde::Deserialize;

use crate::account;
use crate::arguments::Common;
use crate::stop::Stop;
use crate::target::{Place, Target};

/// What `make dev` writes into its folder while it runs.
#[derive(Debug, Deserialize)]
struct Stack {
    url: String,
    database: String,
    tables: Vec<String>,
}

/// The folder of the data.
pub(crate) struct Local {
    folder: PathBuf,
}

impl Local {
    pub(crate) fn open(folder: &Path, common: &Common) -> Result<Target, Stop> {
        let file = folder.join("stack.json");
        let text = fs::read_to_string(&file).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Stop::failed(format!(
                "no `make dev` uses {}: start it, or name another folder with --local=DIR",
                folder.display()
            )),
            _ => Stop::failed(format!("{}: {error}", file.display())),
        })?;
        let stack: Stack = serde_json::from_str(&text)
            .map_err(|_| Stop::failed(format!("{} is malformed: restart `make dev`", file.display())))?;
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(account::http_client(common))
            .timeout_config(account::timeouts())
            .region(Region::from_static("local"))
            .credentials_provider(Credentials::new("operator", "operator", None, None, "local"))
            .endpoint_url(stack.database)
            .build();
        let names = (format!("latchkey of `make dev` at {}", stack.url), stack.url, "local".to_owned());
        let tables = stack.tables.into_iter().map(|table| (table.clone(), table));
        let place = Place::Local(Self { folder: folder.to_owned() });
        Ok(Target::new(names, tables, Client::from_conf(config), place))
    }

    /// The signing keys, which the developer owns.
    pub(crate) fn keys(&self) -> Result<KeySet, Stop> {
        let file = self.folder.join("signing-keys.json");
        let text = fs::read_to_string(&file);
        let text = text.map_err(|error| Stop::failed(format!("{}: {error}", file.display())))?;
        KeySet::parse(&text).ok_or_else(|| Stop::failed(format!("{} is malformed", file.display())))
    }
}
