//! `latchkey export`: every user with the hash that the user has, for another system or another stack.
//!
//! It reads the table of users page by page, and the credentials of each page. After each page it notes how far it has
//! come, so it can be stopped and run again: it cuts the file to what the note says, and goes on from there.

mod destination;

use latchkey::account::{Attributes, Identifier, User, UserId};
use latchkey::password::StoredHash;
use latchkey::store::{Credential, Credentials, Users, Wanted};
use latchkey::time::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::arguments::Common;
use crate::arguments::moving::Export;
use crate::export::destination::{Destination, Note};
use crate::output::{Output, escaped, tell};
use crate::pace::Pace;
use crate::stop::Stop;
use crate::target::Target;

/// The users whose credentials one call reads, which takes at most 100 keys.
const TOGETHER: usize = 100;

/// How often a user is read again whose items do not fit together, because a change may be between two reads.
const TRIES: usize = 3;

/// A user in the file. What is not there has no member.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: &'a UserId,
    username: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    role: &'a str,
    status: &'a str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_from: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    username_generated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<&'a Attributes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hash: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn new(user: &'a User, hash: Option<&'a StoredHash>) -> Self {
        Self {
            id: &user.user_id,
            username: &user.username,
            email: user.email_shown(),
            email_verified_at: user.email_verified_at.map(Timestamp::to_rfc3339),
            name: user.name.as_deref(),
            role: &user.role,
            status: user.status.as_str(),
            created_at: user.created_at.to_rfc3339(),
            external_id: user.external_id.as_deref(),
            imported_from: user.imported_from.as_deref(),
            username_generated: user.username_generated,
            attributes: Some(&user.attributes).filter(|attributes| !attributes.is_empty()),
            password_hash: hash.map(StoredHash::reveal),
        }
    }
}

/// An export under way.
struct Exporter<'a> {
    arguments: &'a Export,
    users: Users,
    credentials: Credentials,
    pace: Pace,
}

pub(crate) async fn run(
    arguments: &Export,
    common: &Common,
    target: &Target,
    output: &Output,
    now: Timestamp,
) -> Result<(), Stop> {
    let users = Users::new(&target.client, &target.environment)?;
    let credentials = Credentials::new(&target.client, &target.environment)?;
    let total = users.count().await?;
    if common.dry_run {
        let line = format!("Nothing was written. Without --dry-run: about {total} users.");
        output.answer(&json!({ "users": total, "dry_run": true }), &line);
        return Ok(());
    }
    let note = Note::new(&target.title, arguments.without_hashes, now);
    let mut destination = Destination::open(&arguments.file, note)?;
    let pace = Pace::new(arguments.rate, total);
    let mut exporter = Exporter { arguments, users, credentials, pace };
    exporter.write(&mut destination).await?;
    tell(&format!("latchkey: {}", exporter.pace.sum()));
    if !arguments.without_hashes {
        tell("latchkey: this holds password hashes: keep it as safe as the tables, and delete it after use");
    }
    destination.finish(output, Timestamp::now())
}

impl Exporter<'_> {
    async fn write(&mut self, destination: &mut Destination) -> Result<(), Stop> {
        loop {
            let page = self.users.page(&Wanted::default(), destination.note.after.as_ref(), None).await?;
            self.pace.count(page.read, page.units);
            destination.note.errors.extend(page.malformed.iter().map(|id| escaped(id)));
            // A user who has asked to be deleted does not come along.
            let (staying, leaving): (Vec<User>, Vec<User>) =
                page.users.into_iter().partition(|user| !user.is_deleted());
            destination.note.deleted += leaving.len() as u64;
            for users in staying.chunks(TOGETHER) {
                self.write_some(users, destination).await?;
                self.pace.wait(destination.note.users).await;
            }
            destination.note.after = page.next;
            if destination.note.after.is_none() {
                return Ok(());
            }
            destination.save()?;
        }
    }

    async fn write_some(&mut self, users: &[User], destination: &mut Destination) -> Result<(), Stop> {
        let addresses: Vec<Identifier> = users.iter().map(address).collect();
        let credentials = self.credentials.get_all(&addresses).await?;
        self.pace.count(0, u32::try_from(users.len()).map_or(0.0, f64::from));
        for user in users {
            match fitting(user, &credentials) {
                Some(credential) => self.write_one(user, credential, destination)?,
                None => self.write_again(&user.user_id, destination).await?,
            }
        }
        Ok(())
    }

    /// Reads a user again, whose items did not fit together.
    async fn write_again(&mut self, id: &UserId, destination: &mut Destination) -> Result<(), Stop> {
        for _ in 0..TRIES {
            // Deleted meanwhile.
            let Some(user) = self.users.get(id).await? else { return Ok(()) };
            if user.is_deleted() {
                destination.note.deleted += 1;
                return Ok(());
            }
            let credentials = self.credentials.get_all(&[address(&user)]).await?;
            if let Some(credential) = fitting(&user, &credentials) {
                return self.write_one(&user, credential, destination);
            }
        }
        destination.note.errors.push(id.as_str().to_owned());
        Ok(())
    }

    fn write_one(
        &self,
        user: &User,
        credential: &Credential,
        destination: &mut Destination,
    ) -> Result<(), Stop> {
        let hash = credential.password_hash.as_ref().filter(|_| !self.arguments.without_hashes);
        let mut line = serde_json::to_vec(&Line::new(user, hash)).map_err(Stop::failed)?;
        line.push(b'\n');
        destination.write(&line)
    }
}

/// The identifier of a user that has the address.
fn address(user: &User) -> Identifier {
    let [_, address] = user.identifiers();
    address
}

/// The credential of a user's address, if both are of one moment.
fn fitting<'a>(user: &User, credentials: &'a [Credential]) -> Option<&'a Credential> {
    let address = address(user);
    credentials.iter().find(|credential| {
        credential.identifier == address
            && credential.user_id == user.user_id
            && credential.epoch == user.epoch
            && credential.held_until.is_none()
    })
}
