//! The proofs table, with the key `proof_id`.

use aws_sdk_dynamodb::Client;

use crate::aws::failure;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::proof::Proof;
use crate::secret::SecretHash;
use crate::store::item::{parse, text};

/// The proofs table.
#[derive(Debug, Clone)]
pub struct Proofs {
    client: Client,
    table: String,
}

impl Proofs {
    /// The table that `PROOFS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { client: client.clone(), table: environment.table("PROOFS_TABLE")? })
    }

    /// Writes a new proof. Its key is random, so a retry only writes the same item again.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn put(&self, proof: &Proof) -> Result<(), Error> {
        let item =
            serde_dynamo::to_item(proof).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(|error| failure(&error))
    }

    /// Reads the proof of a secret. `None` if it was used, or never existed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn get(&self, proof_id: &SecretHash) -> Result<Option<Proof>, Error> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let output = get.key("proof_id", text(proof_id.as_str())).send().await;
        output.map_err(|error| failure(&error))?.item.map(|item| parse(&self.table, item)).transpose()
    }
}
