//! What happens with one mail.

use std::panic::AssertUnwindSafe;

use latchkey::account::{Status, User};
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::{Cause, Error};
use latchkey::mail::{Mail, MailId, Message};
use latchkey::proof::{Proof, Purpose};
use latchkey::secret::BearerSecret;
use latchkey::store::{Credentials, MailLimiter, MailSlots, Mails, Proofs, StoredMail, Users};
use latchkey::time::{Seconds, Timestamp};

use crate::letter::{Letter, Letterhead};
use crate::sender::{Sender, Unsent};

/// What the mailer needs.
#[derive(Debug)]
pub struct Mailer {
    pub(crate) stack: String,
    sender: Sender,
    letterhead: Letterhead,
    /// For how long a link works that confirms an email address.
    confirm_link: Seconds,
    /// For how long a link works that resets a password.
    reset_link: Seconds,
    credentials: Credentials,
    mails: Mails,
    users: Users,
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
        let user = self.recipient(&mail.message).await?.ok_or(Outcome::Dropped)?;
        let slots = self.slots(mail, &user, now).await?;
        let purpose = match &mail.message {
            Message::ConfirmEmail { .. } => Some((Purpose::Verify, self.confirm_link)),
            Message::ResetPassword { .. } => Some((Purpose::Reset, self.reset_link)),
            _ => None,
        };
        let secret = match purpose {
            Some((purpose, lifetime)) => match self.prove(purpose, &user, lifetime, now).await {
                Ok(secret) => Some(secret),
                Err(outcome) => {
                    self.release(slots.as_ref()).await;
                    return Err(outcome);
                }
            },
            None => None,
        };
        let letter = render(|| self.letterhead.write(mail, &user, secret.as_ref()))?;
        Ok(Prepared { letter, slots })
    }

    /// Gives back what a mail has used up that was not sent. Otherwise an hour without SES would use up all that the
    /// user may get.
    async fn release(&self, slots: Option<&MailSlots>) {
        if let Some(slots) = slots {
            self.limiter.release(slots).await;
        }
    }

    /// The user who gets a mail, if it is still wanted. Only a link goes to an address that is not confirmed.
    async fn recipient(&self, message: &Message) -> Result<Option<User>, Outcome> {
        let found = match message {
            Message::ConfirmEmail { user_id }
            | Message::PasswordChanged { user_id }
            | Message::NewSignIn { user_id } => Some(user_id.clone()),
            Message::ResetPassword { identifier } | Message::LoginLocked { identifier } => {
                self.credentials.owner(identifier).await.map_err(Outcome::Again)?
            }
        };
        let Some(user_id) = found else { return Ok(None) };
        let user = self.users.get(&user_id).await.map_err(Outcome::Again)?;
        let is_wanted = |user: &User| match message {
            Message::ConfirmEmail { .. } => user.email_verified_at.is_none(),
            Message::ResetPassword { .. } => true,
            Message::PasswordChanged { .. } | Message::NewSignIn { .. } | Message::LoginLocked { .. } => {
                user.email_verified_at.is_some()
            }
        };
        Ok(user.filter(|user| user.status == Status::Active && is_wanted(user)))
    }

    /// What the mail uses up of what the user may get. Mails that tell of a change use up nothing.
    async fn slots(&self, mail: &Mail, user: &User, now: Timestamp) -> Result<Option<MailSlots>, Outcome> {
        let user_id = &user.user_id;
        match &mail.message {
            Message::PasswordChanged { .. } => Ok(None),
            Message::NewSignIn { .. } => {
                let slots = self.limiter.take_of_login(user_id, mail, now).await.map_err(Outcome::Again)?;
                slots.ok_or(Outcome::Dropped).map(Some)
            }
            Message::ConfirmEmail { .. } | Message::ResetPassword { .. } | Message::LoginLocked { .. } => {
                let slots = self.limiter.take(user_id, now).await.map_err(Outcome::Again)?;
                slots.ok_or(Outcome::Capped).map(Some)
            }
        }
    }

    /// The secret of a new proof, with the time for which it works.
    async fn prove(
        &self,
        purpose: Purpose,
        user: &User,
        lifetime: Seconds,
        now: Timestamp,
    ) -> Result<(BearerSecret, Seconds), Outcome> {
        let secret = BearerSecret::random().map_err(Outcome::Again)?;
        let proof = Proof {
            proof_id: secret.hashed(),
            purpose,
            email: user.email.clone(),
            user_id: user.user_id.clone(),
            epoch: (purpose == Purpose::Reset).then_some(user.epoch),
            made_at: now,
            expires_at: now + lifetime,
        };
        self.proofs.put(&proof).await.map_err(Outcome::Again)?;
        Ok((secret, lifetime))
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
