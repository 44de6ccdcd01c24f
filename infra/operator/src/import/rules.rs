//! The user that a row becomes, by the rules of sign-up.

use latchkey::account::{
    Attributes, Email, ReservedUsernames, Status, User, UserId, Username, display_name, imported_id,
};
use latchkey::config::Environment;
use latchkey::password::{ImportError, PasswordHasher, StoredHash, Unusable};
use latchkey::store::Newcomer;
use latchkey::time::Timestamp;
use serde_json::Value;
use validator::ValidationError;

use crate::arguments::moving::{Reading, Usernames};
use crate::import::dialect::stored_form;
use crate::import::row::Row;
use crate::stop::Stop;
use crate::user::role as role_of;

/// A user who can come.
#[derive(Debug)]
pub(super) struct Looked {
    pub user: User,
    /// The hash in one of the forms that Latchkey knows. It may be weak.
    pub hash: Option<String>,
    /// The form in which it is stored, as `latchkey password list` names it.
    pub form: Option<String>,
    /// Whether the other system says that there is no password, and not only nothing.
    pub is_revoked: bool,
}

/// What decides about a row.
pub(super) struct Rules {
    /// The name of the other system. An export of Latchkey needs none.
    source: Option<String>,
    /// `None` if users keep reserved names.
    reserved: Option<ReservedUsernames>,
    is_username_required: bool,
    is_lucia_1: bool,
    pub hasher: PasswordHasher,
    now: Timestamp,
}

/// What is wrong with a row.
#[derive(Debug, Default)]
struct Faults(Vec<String>);

impl Faults {
    /// What a field has been read as.
    fn read<T>(&mut self, field: &str, read: Result<T, impl AsRef<str>>) -> Option<T> {
        read.map_err(|code| self.0.push(format!("{field}: {}", code.as_ref()))).ok()
    }
}

/// A text that is one, by the rules of the forms.
fn valid<T>(parsed: Result<T, ValidationError>) -> Result<T, String> {
    parsed.map_err(|error| error.code.into_owned())
}

impl Rules {
    pub(super) fn new(
        source: Option<String>,
        reading: &Reading,
        environment: &Environment,
        now: Timestamp,
    ) -> Result<Self, Stop> {
        Ok(Self {
            source,
            reserved: if reading.allow_reserved {
                None
            } else {
                Some(ReservedUsernames::from_environment(environment)?)
            },
            is_username_required: reading.usernames == Usernames::Required,
            is_lucia_1: reading.lucia_1,
            hasher: PasswordHasher::from_environment(environment)?,
            now,
        })
    }

    /// The user of a row. All that is wrong with it, otherwise.
    pub(super) fn look(&self, row: &Row) -> Result<Looked, Vec<String>> {
        let mut faults = Faults::default();
        let id = faults.read("external_id", self.id(row));
        let email = faults.read(
            "email",
            row.email.as_deref().ok_or_else(required).and_then(|text| valid(Email::parse(text))),
        );
        let username = self.username(row).and_then(|parsed| faults.read("username", parsed));
        let name = row.name.as_deref().map(|text| valid(display_name::parse(text)));
        let name = name.and_then(|parsed| faults.read("name", parsed)).flatten();
        let created_at = faults.read("created_at", self.past(row.created_at.as_deref()));
        let verified = faults.read("email_verified", self.verified(row.email_verified.as_deref()));
        let disabled = row.disabled.as_deref().map_or(Ok(false), |text| boolean(text).ok_or(INVALID));
        let disabled = faults.read("disabled", disabled);
        let role = row.role.as_deref().unwrap_or("user");
        faults.read("role", role_of(role).map_err(|_| INVALID));
        let attributes = faults.read("attributes", attributes(row.attributes.as_ref()));
        let is_revoked = row.password_hash.as_deref().is_some_and(|hash| hash.starts_with('!'));
        let hash = row.password_hash.as_deref().filter(|_| !is_revoked);
        let hash = hash.and_then(|hash| faults.read("password_hash", self.hash(hash)));
        let (hash, form) = hash.unzip();
        let (Some(id), Some(email), Some(username), true) = (id, email, username, faults.0.is_empty()) else {
            return Err(faults.0);
        };
        let user = User::new(id, &username, &email, name, created_at.unwrap_or(self.now));
        Ok(Looked {
            user: User {
                role: role.to_owned(),
                status: if disabled == Some(true) { Status::Disabled } else { Status::Active },
                email_verified_at: verified.flatten(),
                // No session of another system fits.
                epoch: user.next_epoch(self.now),
                external_id: row.external_id.clone(),
                imported_from: self.source(row).filter(|_| row.external_id.is_some()).map(str::to_owned),
                username_generated: row.username.is_none() || row.username_generated,
                attributes: attributes.unwrap_or_default(),
                ..user
            },
            hash,
            form,
            is_revoked,
        })
    }

    /// The username of a row, or one that is made. `None` if the system has no random numbers.
    fn username(&self, row: &Row) -> Option<Result<Username, String>> {
        match (&row.username, &self.reserved) {
            (Some(username), Some(reserved)) => Some(valid(Username::parse_new(username, reserved))),
            (Some(username), None) => Some(valid(Username::parse_also_reserved(username))),
            (None, _) if self.is_username_required => Some(Err(required())),
            (None, _) => made_username().map(|made| valid(Username::parse_also_reserved(&made))),
        }
    }

    /// The id follows from that of the other system, or is the one of an export of Latchkey.
    fn id(&self, row: &Row) -> Result<UserId, &'static str> {
        let of_source = match (&row.external_id, self.source(row)) {
            (Some(external), Some(source)) if is_external_id(external) => Some(imported_id(source, external)),
            (Some(_), _) => return Err(INVALID),
            (None, _) => None,
        };
        let own = row.id.as_deref().map(|id| UserId::parse(id).ok_or(INVALID)).transpose()?;
        match (of_source, own) {
            (Some(id), Some(own)) if id != own => Err(INVALID),
            (Some(id), _) | (None, Some(id)) => Ok(id),
            (None, None) => Err("required"),
        }
    }

    /// The name of the system that a user is of.
    fn source<'a>(&'a self, row: &'a Row) -> Option<&'a str> {
        row.imported_from.as_deref().or(self.source.as_deref())
    }

    /// A time that is over. Without one, it is now.
    fn past(&self, text: Option<&str>) -> Result<Timestamp, &'static str> {
        let time = text.map_or(Some(self.now), Timestamp::parse);
        time.filter(|time| *time <= self.now).ok_or(INVALID)
    }

    /// When an address was confirmed: a time, or whether it was.
    fn verified(&self, text: Option<&str>) -> Result<Option<Timestamp>, &'static str> {
        match text.map(|text| (boolean(text), text)) {
            None | Some((Some(false), _)) => Ok(None),
            Some((Some(true), _)) => Ok(Some(self.now)),
            Some((None, text)) => self.past(Some(text)).map(Some),
        }
    }

    /// A hash that a login can verify, and the form in which it is stored.
    fn hash(&self, hash: &str) -> Result<(String, String), &'static str> {
        let hash = stored_form(hash, self.is_lucia_1).ok_or("hash_unknown")?;
        let form = self.hasher.form_of_import(&hash).map_err(code)?;
        Ok((hash, form))
    }

    /// The same user with the hash in its stored form.
    pub(super) fn store(&self, looked: Looked) -> Result<Newcomer, Stop> {
        let Looked { user, hash, .. } = looked;
        let password_hash: Option<StoredHash> = match hash.map(|hash| self.hasher.import(&hash)).transpose() {
            Ok(hash) => hash,
            Err(ImportError::Unusable(reason)) => return Err(Stop::failed(code(reason))),
            Err(ImportError::Failed(error)) => return Err(error.into()),
        };
        Ok(Newcomer { user, password_hash })
    }
}

const INVALID: &str = "invalid";

fn required() -> String {
    "required".to_owned()
}

const fn code(reason: Unusable) -> &'static str {
    match reason {
        Unusable::Unknown => "hash_unknown",
        Unusable::Malformed => "hash_malformed",
        Unusable::TooCostly => "hash_too_costly",
    }
}

/// 1 to 128 printable characters of ASCII.
fn is_external_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

/// A username for a user who has none. It is random, so that no one takes it first.
fn made_username() -> Option<String> {
    let id = UserId::random().ok()?;
    let letters = id.as_str().chars().filter(char::is_ascii_alphanumeric);
    Some(format!("u-{}", letters.take(12).collect::<String>().to_lowercase()))
}

/// Attributes of which none is left out.
fn attributes(value: Option<&Value>) -> Result<Attributes, &'static str> {
    let Some(value) = value else { return Ok(Attributes::default()) };
    value.as_object().cloned().and_then(Attributes::whole).ok_or(INVALID)
}

fn boolean(text: &str) -> Option<bool> {
    match &*text.to_lowercase() {
        "true" | "t" | "1" | "yes" => Some(true),
        "false" | "f" | "0" | "no" => Some(false),
        _ => None,
    }
}
