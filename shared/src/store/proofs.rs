//! The proofs table, with the key `proof_id`.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};

use crate::aws::failure;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::proof::{Proof, Purpose};
use crate::secret::BearerSecret;
use crate::store::item::{number, parse, text};
use crate::time::Timestamp;

/// The deletion of a proof, for the transaction that does what the proof is for. It fails if the proof was used, has
/// ended, or is for anything else.
pub(super) fn redemption(table: &str, proof: &Proof, now: Timestamp) -> Result<TransactWriteItem, Error> {
    let mut is_alive = "purpose = :purpose AND email = :email AND expires_at > :now".to_owned();
    let mut delete = Delete::builder()
        .table_name(table)
        .key("proof_id", text(proof.proof_id.as_str()))
        .expression_attribute_values(":purpose", text(proof.purpose.as_str()))
        .expression_attribute_values(":email", text(&proof.email))
        .expression_attribute_values(":now", number(now.as_seconds()));
    if let Some(user_id) = &proof.user_id {
        is_alive += " AND user_id = :user_id";
        delete = delete.expression_attribute_values(":user_id", text(user_id.as_str()));
    }
    if let Some(epoch) = proof.epoch {
        is_alive += " AND epoch = :epoch";
        delete = delete.expression_attribute_values(":epoch", number(epoch));
    }
    let delete = delete
        .condition_expression(is_alive)
        .build()
        .map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

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

    /// Finds the proof of a secret. `None` if it was used, never existed, has ended, or is for none of these purposes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn find(
        &self,
        secret: &BearerSecret,
        purposes: &[Purpose],
        now: Timestamp,
    ) -> Result<Option<Proof>, Error> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let output = get.key("proof_id", text(secret.hashed().as_str())).send().await;
        let item = output.map_err(|error| failure(&error))?.item;
        let proof: Option<Proof> = item.map(|item| parse(&self.table, item)).transpose()?;
        Ok(proof.filter(|proof| purposes.contains(&proof.purpose) && now < proof.expires_at))
    }
}
