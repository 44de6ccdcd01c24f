//! The end of passwords of an import with which no one has logged in.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::account::user::User;
use crate::error::Error;
use crate::store::accounts::identifiers::{TAKE_AWAY, change_unused};
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::writes::change_user;
use crate::time::Timestamp;

impl Accounts {
    /// Takes the password away from at most [`Self::NEWCOMERS`] users, each read with the time of the import. Whether
    /// each has lost it: who has logged in or changed meanwhile keeps it. `sign` writes into a user who has changed it.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which some may have lost it, or [`Error::Internal`].
    pub async fn retire(
        &self,
        unused: &[(User, Timestamp)],
        sign: impl Fn(User) -> User,
    ) -> Result<Vec<bool>, Error> {
        let groups = unused.iter().map(|(user, imported)| self.retirement(user, *imported, &sign));
        let ended = self.transact_each(groups.collect::<Result<_, _>>()?).await?;
        Ok(ended.iter().map(Vec::is_empty).collect())
    }

    fn retirement(
        &self,
        user: &User,
        imported: Timestamp,
        sign: impl Fn(User) -> User,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let mut items = vec![change_user(&self.users, user, &sign(user.next_version()))?];
        items.extend(change_unused(&self.credentials, user, imported, TAKE_AWAY, &[])?);
        Ok(items)
    }
}
