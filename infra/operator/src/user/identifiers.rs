//! Other identifiers, as the user changes them, but without a password or a link.

use latchkey::account::{Email as Address, Identifier, ReservedUsernames, Username};
use latchkey::error::Error;
use latchkey::mail::{Mail, Message};
use latchkey::store::{Credential, Credentials, EmailChange, Redemption};
use serde_json::json;

use crate::arguments::user::{Email, Release, Rename};
use crate::output::escaped;
use crate::question::confirm;
use crate::stop::{Code, Stop};
use crate::user::{Desk, changed_meanwhile};

impl Desk<'_> {
    pub(super) async fn rename(&self, arguments: &Rename) -> Result<(), Stop> {
        let reserved = ReservedUsernames::from_environment(&self.target.environment)?;
        let username =
            Username::parse_new(&arguments.username, &reserved).map_err(|error| invalid(&error))?;
        let user = self.find_existing(&arguments.reasoned.named.who).await?;
        let [present, _] = user.identifiers();
        if user.username == username.as_str() {
            return Err(Stop::new(Code::Refused, "the user has this username already"));
        }
        let credential = self.credential(&present).await?;
        let mail = Mail::by_operator(Message::UsernameChanged { user_id: user.user_id.clone() }, self.now)?;
        let next = self.next(&user, arguments.reasoned.why.as_deref()).with_username(&username);
        let changed = self.accounts.change_username(&user, next, &credential, &mail).await;
        let renamed = changed.map_err(taken)?.ok_or_else(changed_meanwhile)?;
        let was = escaped(&user.username);
        let held = if renamed.identifiers() == user.identifiers() {
            ""
        } else {
            " No one else can have that name for 30 days; `latchkey user release` frees it."
        };
        self.done(&renamed, &format!("was {was}.{held}"));
        Ok(())
    }

    pub(super) async fn email(&self, arguments: &Email) -> Result<(), Stop> {
        let email = Address::parse(&arguments.address).map_err(|error| invalid(&error))?;
        let user = self.find_existing(&arguments.reasoned.named.who).await?;
        let [_, present] = user.identifiers();
        if Identifier::of_email(&email) == present {
            return Err(Stop::new(Code::Refused, "the user has this address already"));
        }
        let credential = self.credential(&present).await?;
        let message =
            Message::EmailChanged { user_id: user.user_id.clone(), to: user.email_shown().to_owned() };
        let mail = Mail::by_operator(message, self.now)?;
        let next = self.next(&user, arguments.reasoned.why.as_deref());
        let next = next.with_email(&email, arguments.verified.then_some(self.now));
        let change = EmailChange { user: &user, next, credential: &credential, proof: None, mail: &mail };
        match self.accounts.change_email(change, self.now).await.map_err(taken)? {
            Redemption::Done(user) => {
                let state = if arguments.verified { "confirmed" } else { "not confirmed" };
                let sentence = format!("has the email address {}, {state}.", escaped(user.email_shown()));
                self.done(&user, &sentence);
                Ok(())
            }
            Redemption::Dead | Redemption::Changed => Err(changed_meanwhile()),
        }
    }

    /// Frees a held identifier. The link of a mail that would give it back to its last user is then dead.
    pub(super) async fn release(&self, arguments: &Release) -> Result<(), Stop> {
        let identifier = Identifier::parse(&arguments.name).map_err(|error| invalid(&error))?;
        let name = escaped(&arguments.name);
        let Some(seen) = self.inspector.find(&identifier).await? else {
            return Err(Stop::new(Code::NotFound, format!("no one has or had {name}: it is free")));
        };
        let id = escaped(seen.user_id.as_str());
        let Some(held_until) = seen.held_until else {
            return Err(Stop::new(
                Code::Refused,
                format!("{name} is not held: it belongs to the user id:{id}"),
            ));
        };
        let until = held_until.to_rfc3339();
        let about = format!("This frees {name}, which is held for its last user id:{id} until {until}");
        confirm(self.common, &about, "yes").await?;
        if !self.inspector.release(&identifier).await? {
            return Err(changed_meanwhile());
        }
        self.output.done(&json!({ "released": identifier.as_str() }), &format!("{name} is free."));
        Ok(())
    }

    pub(super) async fn credential(&self, identifier: &Identifier) -> Result<Credential, Stop> {
        let credentials = Credentials::new(&self.target.client, &self.target.environment)?;
        let credential = credentials.get(identifier).await?;
        credential.ok_or_else(|| {
            Stop::new(
                Code::Refused,
                format!("{} has no credential: run `latchkey user repair` first", identifier.as_str()),
            )
        })
    }
}

/// A text that is no username, no address or no password, in the words of the forms.
pub(super) fn invalid(error: &validator::ValidationError) -> Stop {
    Stop::new(Code::Usage, error.message.as_deref().unwrap_or("invalid"))
}

/// Whose an identifier is.
pub(super) fn taken(error: Error) -> Stop {
    let whose = "another user has it, or it is held: `latchkey user show` names its user, and `latchkey user release` \
        frees a held one";
    match error {
        Error::Taken { .. } => Stop::new(Code::Refused, whose),
        other => other.into(),
    }
}
