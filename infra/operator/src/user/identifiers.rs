//! Other identifiers, as the user changes them, but without a password or a link.

use latchkey::account::{Email as Address, Identifier, ReservedUsernames, Username};
use latchkey::error::Error;
use latchkey::mail::{Mail, Message};
use latchkey::store::{Credential, Credentials, EmailChange, Redemption};

use crate::arguments::user::{Email, Rename};
use crate::output::escaped;
use crate::stop::{Code, Stop};
use crate::user::{Desk, changed_meanwhile};

impl Desk<'_> {
    pub(super) async fn rename(&self, arguments: &Rename) -> Result<(), Stop> {
        let reserved = ReservedUsernames::from_environment(&self.target.environment)?;
        let username =
            Username::parse_new(&arguments.username, &reserved).map_err(|error| invalid(&error))?;
        let user = self.find(&arguments.reasoned.named.who).await?;
        let [present, _] = user.identifiers();
        let credential = self.credential(&present).await?;
        let mail = Mail::by_operator(Message::UsernameChanged { user_id: user.user_id.clone() }, self.now)?;
        let next = self.next(&user, arguments.reasoned.why.as_deref()).with_username(&username);
        let changed = self.accounts.change_username(&user, next, &credential, &mail).await;
        let renamed = changed.map_err(taken)?.ok_or_else(changed_meanwhile)?;
        let was = escaped(&user.username);
        self.done(&renamed, &format!("was {was}. No one else can have that name for 30 days."));
        Ok(())
    }

    pub(super) async fn email(&self, arguments: &Email) -> Result<(), Stop> {
        let email = Address::parse(&arguments.address).map_err(|error| invalid(&error))?;
        let user = self.find(&arguments.reasoned.named.who).await?;
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

    async fn credential(&self, identifier: &Identifier) -> Result<Credential, Stop> {
        let credentials = Credentials::new(&self.target.client, &self.target.environment)?;
        let credential = credentials.get(identifier).await?;
        credential.ok_or_else(|| {
            Stop::new(
                Code::Refused,
                format!("{} has no credential: see `latchkey user show`", identifier.as_str()),
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
    match error {
        Error::Taken { username: true, .. } => {
            Stop::new(Code::Refused, "another user has this username, or it is held for one")
        }
        Error::Taken { .. } => {
            Stop::new(Code::Refused, "another user has this address, or it is held for one")
        }
        other => other.into(),
    }
}
