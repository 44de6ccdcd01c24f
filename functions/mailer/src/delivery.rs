//! What happens with one mail.

use std::panic::AssertUnwindSafe;

use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::{Cause, Error};
use latchkey::mail::{Mail, MailId, Message};
use latchkey::secret::BearerSecret;
use latchkey::store::{Credentials, MailLimiter, MailSlots, Mails, Proofs, StoredMail, Users};
use latchkey::time::{Seconds, Timestamp};

use crate::addressee::{Addressee, Link};
use crate::letter::{Letter, Letterhead};
use crate::sender::{Sender, Unsent};

/// What the mailer needs.
#[derive(Debug)]
pub struct Mailer {
    pub(crate) stack: String,
    sender: Sender,
    letterhead: Letterhead,
    /// For how long a link works that confirms an email address, or with which someone signs up.
    pub(crate) confirm_link: Seconds,
    /// For how long a link works that resets a password, or changes an email address.
    pub(crate) reset_link: Seconds,
    pub(crate) credentials: Credentials,
    mails: Mails,
    pub(crate) users: Users,
    proofs: Proofs,
    limiter: MailLimiter,
}

/// A mail that was dealt with.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// The kind, as far as it is known.
    pub kind: Option<&'static str>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a mail.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// SES has taken it, and gave it this id.
    Sent(String),
    /// It is no longer wanted.
    Dropped,
    /// The user would get too many mails that strangers bring about.
    Capped,
    /// It was not sent, and is tried again.
    Again(Error),
    /// It is never sent.
    Lost(Error),
}

/// A mail that is to be sent, and what it has used up.
struct Prepared {
    letter: Letter,
    slots: Option<MailSlots>,
}

impl Mailer {
    /// The mailer that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        let client = latchkey::store::client(&aws);
        let confirm_link = environment.number("CONFIRM_LINK_SECONDS", 86_400, 3_600..=86_400)?;
        let reset_link = environment.number("RESET_LINK_SECONDS", 3_600, 600..=86_400)?;
        Ok(Self {
            stack: environment.required("STACK_NAME", "set it to the name of the stack")?,
            sender: Sender::new(&aws, environment),
            letterhead: Letterhead::from_environment(environment)?,
            confirm_link: Seconds(confirm_link),
            reset_link: Seconds(reset_link),
            credentials: Credentials::new(&client, environment)?,
            mails: Mails::new(&client, environment)?,
            users: Users::new(&client, environment)?,
            proofs: Proofs::new(&client, environment)?,
            limiter: MailLimiter::new(&client, environment)?,
        })
    }

    /// Sends one mail, unless it is no longer wanted.
    pub(crate) async fn deliver(&self, mail_id: &MailId, now: Timestamp) -> Delivered {
        let (kind, outcome) = match self.mails.get(mail_id).await {
            Ok(Some(StoredMail::Mail(mail))) => {
                let outcome = match self.prepare(&mail, now).await {
                    Ok(prepared) => self.send(prepared).await,
                    Err(outcome) => outcome,
                };
                (Some(mail.message.kind()), given_up(outcome, &mail, now))
            }
            Ok(Some(StoredMail::Unreadable)) => {
                (None, Outcome::Lost(Error::internal("the item is malformed")))
            }
            Ok(None) => return Delivered { kind: None, outcome: Outcome::Dropped },
            Err(error) => (None, Outcome::Again(error)),
        };
        Delivered { kind, outcome: self.end(mail_id, outcome).await }
    }

    async fn send(&self, Prepared { letter, slots }: Prepared) -> Outcome {
        match self.sender.send(&letter).await {
            Ok(id) => Outcome::Sent(id),
            Err(Unsent::Final(error)) => Outcome::Lost(error),
            Err(Unsent::Passing(error)) => {
                self.release(slots.as_ref()).await;
                Outcome::Again(error)
            }
        }
    }

    /// Deletes the item, unless the mail is tried again.
    async fn end(&self, mail_id: &MailId, outcome: Outcome) -> Outcome {
        if matches!(outcome, Outcome::Again(_)) {
            return outcome;
        }
        match self.mails.delete(mail_id).await {
            Ok(()) => outcome,
            // It was sent, so a second try would only send it again. The item ends by the time to live.
            Err(error) if matches!(outcome, Outcome::Sent(_)) => {
                tracing::warn!("a mail that was sent could not be deleted: {error}");
                outcome
            }
            Err(error) => Outcome::Again(error),
        }
    }

    async fn prepare(&self, mail: &Mail, now: Timestamp) -> Result<Prepared, Outcome> {
        if now >= mail.expires_at {
            return Err(Outcome::Dropped);
        }
        let addressee = self.addressee(mail, now).await?.ok_or(Outcome::Dropped)?;
        let slots = self.slots(mail, &addressee, now).await?;
        let secret = match &addressee.link {
            Some(link) => match self.prove(link, now).await {
                Ok(secret) => Some(secret),
                Err(error) => {
                    self.release(slots.as_ref()).await;
                    return Err(Outcome::Again(error));
                }
            },
            None => None,
        };
        let letter = render(|| self.letterhead.write(mail, &addressee, secret.as_ref()))?;
        Ok(Prepared { letter, slots })
    }

    /// Gives back what a mail has used up that was not sent. Otherwise an hour without SES would use up all that the
    /// user may get.
    async fn release(&self, slots: Option<&MailSlots>) {
        if let Some(slots) = slots {
            self.limiter.release(slots).await;
        }
    }

    /// What the mail uses up of what the user may get. Mails that tell of a change use up nothing.
    async fn slots(
        &self,
        mail: &Mail,
        addressee: &Addressee,
        now: Timestamp,
    ) -> Result<Option<MailSlots>, Outcome> {
        let Some(user_id) = &addressee.user_id else { return Ok(None) };
        match &mail.message {
            Message::PasswordChanged { .. }
            | Message::EmailChanged { .. }
            | Message::UsernameChanged { .. }
            | Message::AccountDeleted { .. } => Ok(None),
            Message::NewSignIn { .. } => {
                let slots = self.limiter.take_of_login(user_id, mail, now).await.map_err(Outcome::Again)?;
                slots.ok_or(Outcome::Dropped).map(Some)
            }
            Message::ConfirmEmail { .. }
            | Message::ResetPassword { .. }
            | Message::LoginLocked { .. }
            | Message::SignUp { .. }
            | Message::ConfirmNewEmail { .. } => {
                let slots = self.limiter.take(user_id, now).await.map_err(Outcome::Again)?;
                slots.ok_or(Outcome::Capped).map(Some)
            }
        }
    }

    /// The secret of a new proof.
    async fn prove(&self, link: &Link, now: Timestamp) -> Result<BearerSecret, Error> {
        let secret = BearerSecret::random()?;
        self.proofs.put(&link.prove(&secret, now)).await?;
        Ok(secret)
    }
}

/// The outcome, which after an hour of faults is that the mail is lost. A mail that can never be sent, because an item
/// is malformed, would hold up those behind it. An outage is no fault.
fn given_up(outcome: Outcome, mail: &Mail, now: Timestamp) -> Outcome {
    const FAULTS_FOR: Seconds = Seconds(3_600);
    match outcome {
        Outcome::Again(error @ Error::Internal(_)) if now - mail.made_at >= FAULTS_FOR => {
            Outcome::Lost(error)
        }
        other => other,
    }
}

/// Renders a mail. A panic must not keep the other mails of the batch from being sent, again and again.
fn render(letter: impl FnOnce() -> Result<Letter, Error>) -> Result<Letter, Outcome> {
    let rendered = std::panic::catch_unwind(AssertUnwindSafe(letter));
    rendered.unwrap_or_else(|_| Err(Error::Internal(Cause::new("panic")))).map_err(Outcome::Lost)
}
