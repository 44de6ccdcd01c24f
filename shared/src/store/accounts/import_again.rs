//! A newer file of an import: what the tables have of its users, and newer hashes for those who have not logged in since.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::account::identifier::Identifier;
use crate::account::user::User;
use crate::error::Error;
use crate::password::hash::StoredHash;
use crate::store::accounts::newcomer::Newcomer;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::writes::{change_user, update};
use crate::store::credentials::{Credential, Credentials};
use crate::store::item::{Item, number, text};
use crate::store::users::Users;
use crate::time::Timestamp;

/// What the tables have of a user who comes.
#[derive(Debug)]
pub enum Presence {
    /// Nothing, and the identifiers are free.
    Absent,
    /// The user, who has logged in since an earlier import, or has no password of one.
    Settled,
    /// The user, who has not logged in since an earlier import.
    Waiting(Box<Waiting>),
    /// Another user has the username, the email, or both.
    Taken {
        /// The username.
        username: bool,
        /// The email.
        email: bool,
    },
}

/// A user who has not logged in since an import.
#[derive(Debug)]
pub struct Waiting {
    user: User,
    password_hash: StoredHash,
    imported: Timestamp,
}

impl Accounts {
    /// What the tables have of at most [`Self::NEWCOMERS`] users who come. It reads, and writes nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn presence(&self, newcomers: &[&User], now: Timestamp) -> Result<Vec<Presence>, Error> {
        let users = Users { client: self.client.clone(), table: self.users.clone() };
        let credentials = Credentials { client: self.client.clone(), table: self.credentials.clone() };
        let ids: Vec<_> = newcomers.iter().map(|user| user.user_id.clone()).collect();
        let found = users.get_all(&ids).await?;
        let of = |newcomer: &User| found.iter().find(|user| user.user_id == newcomer.user_id);
        // The names of a user may have changed since.
        let named = newcomers.iter().map(|newcomer| of(newcomer).unwrap_or(newcomer));
        // One call takes no key twice.
        let mut identifiers: Vec<Identifier> = Vec::new();
        for identifier in named.flat_map(User::identifiers) {
            if !identifiers.contains(&identifier) {
                identifiers.push(identifier);
            }
        }
        let credentials = credentials.get_all(&identifiers).await?;
        let presence = newcomers.iter().map(|newcomer| match of(newcomer) {
            Some(user) => waiting(user, &credentials)
                .map_or(Presence::Settled, |waiting| Presence::Waiting(Box::new(waiting))),
            None => free(newcomer, &credentials, now),
        });
        Ok(presence.collect())
    }

    /// Gives at most [`Self::NEWCOMERS`] users who have not logged in since an import the hash of a newer one, and
    /// confirms the address that the newer one has as confirmed. Whether each has got it: who logs in meanwhile stays as
    /// they are. `sign` writes into a user who has changed it.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which some may have got it, or [`Error::Internal`].
    pub async fn renew(
        &self,
        renewals: &[(Box<Waiting>, Newcomer)],
        sign: impl Fn(User) -> User,
        now: Timestamp,
    ) -> Result<Vec<bool>, Error> {
        let groups = renewals.iter().map(|(waiting, newer)| self.renewal(waiting, newer, &sign, now));
        let ended = self.transact_each(groups.collect::<Result<_, _>>()?).await?;
        Ok(ended.iter().map(Vec::is_empty).collect())
    }

    fn renewal(
        &self,
        waiting: &Waiting,
        newer: &Newcomer,
        sign: impl Fn(User) -> User,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let mut items = Vec::new();
        if let Some(at) = waiting.confirmed_by(&newer.user) {
            let next = User { email_verified_at: Some(at), ..waiting.user.next_version() };
            items.push(change_user(&self.users, &waiting.user, &sign(next))?);
        }
        let hash = newer.password_hash.as_ref().unwrap_or(&waiting.password_hash);
        for identifier in waiting.user.identifiers() {
            let values = [
                (":hash", text(hash.reveal())),
                (":now", number(now.as_seconds())),
                (":owner", text(waiting.user.user_id.as_str())),
                (":seen", number(waiting.imported.as_seconds())),
            ];
            let key = Item::from([("identifier".to_owned(), text(identifier.as_str()))]);
            let change = "SET password_hash = :hash, imported = :now";
            let condition = "user_id = :owner AND imported = :seen";
            items.push(update(&self.credentials, key, change, condition, values)?);
        }
        Ok(items)
    }
}

impl Waiting {
    /// When the address was confirmed, if a newer import knows it and an earlier one did not.
    fn confirmed_by(&self, newer: &User) -> Option<Timestamp> {
        let is_news = self.user.email_verified_at.is_none() && self.user.email == newer.email;
        newer.email_verified_at.filter(|_| is_news)
    }

    /// Whether a newer import has nothing new, with this hash before argon2id goes over it, which has a new salt each
    /// time.
    #[must_use]
    pub fn is_like(&self, newer: &User, hash: Option<&str>) -> bool {
        self.confirmed_by(newer).is_none() && hash.is_none_or(|hash| hash == self.password_hash.reveal())
    }
}

/// The user, if no login and no change of the password has been since an import. A login replaces one hash after the
/// other.
fn waiting(user: &User, credentials: &[Credential]) -> Option<Waiting> {
    let [one, other] = user.identifiers().map(|identifier| {
        let mut own = credentials.iter().filter(|one| one.user_id == user.user_id);
        let own = own.find(|one| one.identifier == identifier)?;
        own.imported.zip(own.password_hash.clone())
    });
    let (imported, password_hash) = one.clone().filter(|_| one == other)?;
    Some(Waiting { user: user.clone(), password_hash, imported })
}

/// Whether the identifiers of a user who is not there are free.
fn free(newcomer: &User, credentials: &[Credential], now: Timestamp) -> Presence {
    let is_taken = |identifier| {
        let found = credentials.iter().find(|one| one.identifier == identifier);
        found.is_some_and(|one| one.held_until.is_none_or(|until| until > now))
    };
    match newcomer.identifiers().map(is_taken) {
        [false, false] => Presence::Absent,
        [username, email] => Presence::Taken { username, email },
    }
}
