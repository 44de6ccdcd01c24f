//! A newer file of an import: what the tables have of its users, and newer hashes for those who have not logged in.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::account::identifier::Identifier;
use crate::account::status::Status;
use crate::account::user::User;
use crate::error::Error;
use crate::password::hash::StoredHash;
use crate::store::accounts::identifiers::{TAKE_AWAY, change_unused};
use crate::store::accounts::newcomer::Newcomer;
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::writes::change_user;
use crate::store::credentials::{Credential, Credentials};
use crate::store::item::{number, text};
use crate::store::users::Users;
use crate::time::Timestamp;

/// What the tables have of a user who comes.
#[derive(Debug)]
pub enum Presence {
    /// Nothing, and the identifiers are free.
    Absent,
    /// The user, who has logged in or chosen a password since an earlier import, or is of none.
    Settled,
    /// The user, who has not logged in since an earlier import.
    Waiting(Box<Waiting>),
    /// Another user, who has the id. Perhaps two systems have come under one name.
    Other,
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
    password_hash: Option<StoredHash>,
    imported: Timestamp,
}

/// What a newer import has of a user who has not logged in.
#[derive(Debug)]
pub struct Renewal {
    /// The user, as read.
    pub waiting: Box<Waiting>,
    /// The user of the newer import.
    pub newer: Newcomer,
    /// Whether the other system has taken the password away.
    pub is_revoked: bool,
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
            Some(user) if !is_same_person(user, newcomer, now) => Presence::Other,
            Some(user) => waiting(user, &credentials)
                .map_or(Presence::Settled, |waiting| Presence::Waiting(Box::new(waiting))),
            None => free(newcomer, &credentials, now),
        });
        Ok(presence.collect())
    }

    /// Gives at most [`Self::NEWCOMERS`] users who have not logged in since an import the hash of a newer one. Whom the
    /// newer one has locked out is locked out, and an address that it has as confirmed is. Whether each has changed:
    /// who logs in meanwhile stays as they are. `sign` writes into a user who has changed it.
    ///
    /// # Errors
    /// [`Error::Unavailable`], after which some may have got it, or [`Error::Internal`].
    pub async fn renew(
        &self,
        renewals: &[Renewal],
        sign: impl Fn(User) -> User,
        now: Timestamp,
    ) -> Result<Vec<bool>, Error> {
        let groups = renewals.iter().map(|renewal| self.renewal(renewal, &sign, now));
        let ended = self.transact_each(groups.collect::<Result<_, _>>()?).await?;
        Ok(ended.iter().map(Vec::is_empty).collect())
    }

    fn renewal(
        &self,
        Renewal { waiting, newer, is_revoked }: &Renewal,
        sign: impl Fn(User) -> User,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let mut items = Vec::new();
        if let Some(next) = waiting.changed_by(&newer.user) {
            items.push(change_user(&self.users, &waiting.user, &sign(next))?);
        }
        let now = (":now", number(now.as_seconds()));
        let (change, values) = match &newer.password_hash {
            _ if *is_revoked => (TAKE_AWAY, vec![]),
            Some(hash) => {
                ("SET password_hash = :hash, imported = :now", vec![(":hash", text(hash.reveal())), now])
            }
            None => ("SET imported = :now", vec![now]),
        };
        items.extend(change_unused(&self.credentials, &waiting.user, waiting.imported, change, &values)?);
        Ok(items)
    }
}

impl Waiting {
    /// Whether the user has the address of a newer import.
    #[must_use]
    pub fn has_address_of(&self, newer: &User) -> bool {
        self.user.email == newer.email
    }

    /// The next version of the user, if a newer import has confirmed the address or locked the user out.
    fn changed_by(&self, newer: &User) -> Option<User> {
        let is_confirmed = self.user.email_verified_at.is_none() && newer.email_verified_at.is_some();
        let is_disabled = self.user.status == Status::Active && newer.status == Status::Disabled;
        let next = User {
            email_verified_at: self.user.email_verified_at.or(newer.email_verified_at),
            status: if is_disabled { Status::Disabled } else { self.user.status },
            ..self.user.next_version()
        };
        (is_confirmed || is_disabled).then_some(next)
    }

    /// Whether a newer import has nothing new, with this hash before argon2id goes over it, which has a new salt each
    /// time.
    #[must_use]
    pub fn is_like(&self, newer: &User, hash: Option<&str>) -> bool {
        let own = self.password_hash.as_ref().map(StoredHash::reveal);
        self.changed_by(newer).is_none() && (hash.is_none() || hash == own)
    }
}

/// Whether the user of an id is the one who comes with it: a name is the same, or the second of the sign-up.
fn is_same_person(user: &User, newcomer: &User, now: Timestamp) -> bool {
    let has_name = !newcomer.username_generated && newcomer.username_canonical == user.username_canonical;
    // Without a time in the file it is now.
    let has_time = newcomer.created_at == user.created_at && newcomer.created_at != now;
    has_name || has_time || newcomer.email == user.email
}

/// The user, if no login and no change of the password has been since an import. A login replaces one hash after the
/// other.
fn waiting(user: &User, credentials: &[Credential]) -> Option<Waiting> {
    let [one, other] = user.identifiers().map(|identifier| {
        let mut own = credentials.iter().filter(|one| one.user_id == user.user_id);
        let own = own.find(|one| one.identifier == identifier)?;
        Some((own.imported?, own.password_hash.clone()))
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
