//! Users: the item of the users table, and how responses show it.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::account::attributes::Attributes;
use crate::account::changed_by::ChangedBy;
use crate::account::email::{self, Email};
use crate::account::identifier::Identifier;
use crate::account::status::Status;
use crate::account::username::Username;
use crate::error::Error;
use crate::random;
use crate::time::{Seconds, Timestamp};

/// The id of a user: 128 random bits, as 22 characters of base64url. It never changes and says nothing about the user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    pub(super) const BYTES: usize = 16;

    /// A new id.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no random bytes.
    pub fn random() -> Result<Self, Error> {
        random::bytes().map(Self::new)
    }

    /// The id of these bytes.
    pub(super) fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(BASE64URL_NOPAD.encode(&bytes))
    }

    /// Parses an id. `None` unless it is 16 bytes in base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() == Self::BYTES).then(|| Self(text.to_owned()))
    }

    /// The id, as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An item of the users table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The primary key.
    pub user_id: UserId,
    /// The username as it was typed.
    pub username: String,
    /// The username as it is compared: in lower case. It is in the key of one credential.
    pub username_canonical: String,
    /// The email address in its canonical form. It is in the key of the other credential.
    pub email: String,
    /// The email address as people read it. `None` in the items of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_shown: Option<String>,
    /// When the user proved that the email address is theirs. Until then it grants nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified_at: Option<Timestamp>,
    /// The display name: what the user wants to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `user`, unless an operator has set another role. No request can set it.
    pub role: String,
    /// Whether the user may log in.
    pub status: Status,
    /// The epoch. Raising it ends all sessions of the user.
    pub epoch: u64,
    /// The version. Every change to the user raises it, on the condition that it is still the one that was read.
    pub version: u64,
    /// When the user signed up.
    pub created_at: Timestamp,
    /// When the user last chose a new password. `None` for the one of the sign-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_changed_at: Option<Timestamp>,
    /// When another email address last replaced a confirmed one. Until [`User::NEXT_EMAIL`] later, it can be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_changed_at: Option<Timestamp>,
    /// When a deleted user is gone. DynamoDB's time to live deletes the item some time later. Only a deletion sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erase_at: Option<Timestamp>,
    /// The operator who last changed the user. It counts only while its version is that of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<ChangedBy>,
    /// The id that the user had in the system of which an import has brought the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The name of that system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<String>,
    /// Whether an import has made the username up, because the user had none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub username_generated: bool,
    /// The attributes of the application, which no request can set. The store reads them, whatever their shape is.
    #[serde(skip)]
    pub attributes: Attributes,
}

impl User {
    /// For how long a confirmed email address stays, after it has replaced another one.
    pub const NEXT_EMAIL: Seconds = Seconds(7 * 86_400);

    /// A user who signs up at `now`: active, with the role `user`, an unverified email, and epoch and version 0.
    #[must_use]
    pub fn new(
        user_id: UserId,
        username: &Username,
        email: &Email,
        name: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            user_id,
            username: username.as_str().to_owned(),
            username_canonical: username.canonical(),
            email: email.as_str().to_owned(),
            email_shown: Some(email.shown().to_owned()),
            email_verified_at: None,
            name,
            role: "user".to_owned(),
            status: Status::Active,
            epoch: 0,
            version: 0,
            created_at: now,
            password_changed_at: None,
            email_changed_at: None,
            erase_at: None,
            changed_by: None,
            external_id: None,
            imported_from: None,
            username_generated: false,
            attributes: Attributes::default(),
        }
    }

    /// The same user with the next version. A change begins with it.
    #[must_use]
    pub fn next_version(&self) -> Self {
        Self { version: self.version.saturating_add(1), ..self.clone() }
    }

    /// The same user with this email address, confirmed at `now`.
    #[must_use]
    pub fn with_confirmed_email(self, email: &Email, now: Timestamp) -> Self {
        self.with_email(email, Some(now))
    }

    /// The same user with this email address, and since when it is confirmed.
    #[must_use]
    pub fn with_email(self, email: &Email, email_verified_at: Option<Timestamp>) -> Self {
        Self {
            email: email.as_str().to_owned(),
            email_shown: Some(email.shown().to_owned()),
            email_verified_at,
            ..self
        }
    }

    /// The same user with this username.
    #[must_use]
    pub fn with_username(self, username: &Username) -> Self {
        Self { username: username.as_str().to_owned(), username_canonical: username.canonical(), ..self }
    }

    /// For how long the email address cannot be replaced, because it replaced another one a short time ago.
    #[must_use]
    pub fn email_stays(&self, now: Timestamp) -> Option<Seconds> {
        Some(self.email_changed_at? + Self::NEXT_EMAIL - now).filter(|stays| stays.0 > 0)
    }

    /// Whether the user has deleted the account. It may be disabled besides.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.status == Status::Deleted || self.erase_at.is_some()
    }

    /// Whether the user has deleted the account, and can still take it back.
    #[must_use]
    pub fn can_return(&self, now: Timestamp) -> bool {
        self.status == Status::Deleted && self.erase_at.is_some_and(|erase_at| now < erase_at)
    }

    /// The identifiers of the user: the username, then the email. Each is the key of one of the two credentials.
    #[must_use]
    pub fn identifiers(&self) -> [Identifier; 2] {
        [Identifier::username(&self.username_canonical), Identifier::email(&self.email)]
    }

    /// The epoch that ends all sessions of the user. It is higher than any former one, also if the user's item was
    /// restored from a backup, because an epoch grows by one or to the seconds since 1970.
    #[must_use]
    pub fn next_epoch(&self, now: Timestamp) -> u64 {
        self.epoch.saturating_add(1).max(u64::try_from(now.as_seconds()).unwrap_or_default())
    }

    /// The email address as people read it.
    #[must_use]
    pub fn email_shown(&self) -> &str {
        self.email_shown.as_deref().unwrap_or(&self.email)
    }

    /// The form of the email address to which mail goes, as [`Email::mail_address`] makes it.
    #[must_use]
    pub fn mail_address(&self) -> String {
        email::mail_address(self.email_shown(), &self.email)
    }

    /// The user as responses show it.
    #[must_use]
    pub fn view(&self) -> UserView<'_> {
        UserView {
            id: &self.user_id,
            username: &self.username,
            email: &self.email,
            email_shown: self.email_shown(),
            email_verified: self.email_verified_at.is_some(),
            name: self.name.as_deref(),
            role: &self.role,
            created_at: self.created_at,
            external_id: self.external_id.as_deref(),
            attributes: &self.attributes,
        }
    }
}

/// A user as responses show it.
#[derive(Debug, Serialize)]
pub struct UserView<'a> {
    id: &'a UserId,
    username: &'a str,
    email: &'a str,
    email_shown: &'a str,
    email_verified: bool,
    name: Option<&'a str>,
    role: &'a str,
    #[serde(serialize_with = "Timestamp::rfc3339")]
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    attributes: &'a Attributes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_128_random_bits() {
        let id = UserId::random().unwrap();
        assert_eq!(UserId::parse(id.as_str()), Some(id.clone()));
        assert_ne!(UserId::random().unwrap(), id);
        for text in
            ["", "AAAA", "!AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAAA="]
        {
            assert_eq!(UserId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn mail_goes_to_the_local_part_as_typed_at_the_domain_in_ascii() {
        let username = Username::parse("ada1").unwrap();
        for (typed, expected) in
            [("Ada@Bücher.example", "Ada@xn--bcher-kva.example"), ("Ada@Example.COM", "Ada@example.com")]
        {
            let email = Email::parse(typed).unwrap();
            let user = User::new(UserId::new([0; 16]), &username, &email, None, Timestamp::from_seconds(0));
            assert_eq!(user.mail_address(), expected);
            assert_eq!(User { email_shown: None, ..user }.mail_address(), expected.to_lowercase());
        }
    }
}
