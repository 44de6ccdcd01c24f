//! Who gets a mail, what it says, and what its link is good for.

use latchkey::account::{Email, Identifier, Status, User, UserId};
use latchkey::error::Error;
use latchkey::mail::{Mail, Message};
use latchkey::proof::{Proof, Purpose};
use latchkey::secret::BearerSecret;
use latchkey::store::Ownership;
use latchkey::time::{Seconds, Timestamp};

use crate::delivery::{Mailer, Outcome};
use crate::letter::content::Says;

/// For how long an undo works: as long as the former address is held.
const UNDO: Seconds = Seconds(7 * 86_400);

/// Who gets a mail, what it says, and what its link is good for.
#[derive(Debug)]
pub(crate) struct Addressee {
    /// The address.
    pub to: String,
    /// What the mail says.
    pub says: Says,
    /// The user whose mails it counts among, if strangers or logins bring it about.
    pub user_id: Option<UserId>,
    /// The username. Only a mail to a confirmed address says it.
    pub username: String,
    /// The path of the link.
    pub path: &'static str,
    /// What the link proves.
    pub link: Option<Link>,
    /// How long the link works, or when a held address is free, in words.
    pub time: String,
}

/// What a link proves.
#[derive(Debug)]
pub(crate) struct Link {
    purpose: Purpose,
    email: String,
    email_shown: Option<String>,
    user_id: Option<UserId>,
    epoch: Option<u64>,
    expires_at: Timestamp,
}

impl Link {
    /// A link that proves the address of a user with this epoch.
    fn of(user: &User, purpose: Purpose, expires_at: Timestamp) -> Self {
        let (email, user_id) = (user.email.clone(), Some(user.user_id.clone()));
        Self { purpose, email, email_shown: None, user_id, epoch: Some(user.epoch), expires_at }
    }

    /// A link that proves an address that is not yet, or no longer, that of a user.
    fn to(email: &Email, purpose: Purpose, expires_at: Timestamp) -> Self {
        let (email, email_shown) = (email.as_str().to_owned(), Some(email.shown().to_owned()));
        Self { purpose, email, email_shown, user_id: None, epoch: None, expires_at }
    }

    /// The proof of this link with a new secret.
    pub(crate) fn prove(&self, secret: &BearerSecret, now: Timestamp) -> Proof {
        Proof {
            proof_id: secret.hashed(),
            purpose: self.purpose,
            email: self.email.clone(),
            email_shown: self.email_shown.clone(),
            user_id: self.user_id.clone(),
            epoch: self.epoch,
            made_at: now,
            expires_at: self.expires_at,
        }
    }
}

impl Addressee {
    /// A mail to the address of a user, with a link to a page.
    fn user(user: &User, says: Says, path: &'static str) -> Self {
        Self {
            to: user.mail_address(),
            says,
            user_id: Some(user.user_id.clone()),
            username: user.username.clone(),
            path,
            link: None,
            time: String::new(),
        }
    }

    /// A mail to an address that was typed, with a link to the login.
    fn typed(to: &Email, says: Says) -> Self {
        let (user_id, username) = (None, String::new());
        Self {
            to: to.mail_address(),
            says,
            user_id,
            username,
            path: "/login",
            link: None,
            time: String::new(),
        }
    }

    /// The same with a link that proves something until then.
    fn proving(self, link: Link, now: Timestamp) -> Self {
        Self { time: (link.expires_at - now).in_words(), link: Some(link), ..self }
    }
}

impl Mailer {
    /// Who gets a mail. `None` if it is no longer wanted. Only a link goes to an address that is not confirmed.
    pub(crate) async fn addressee(&self, mail: &Mail, now: Timestamp) -> Result<Option<Addressee>, Outcome> {
        let told = |user: Option<User>, says| {
            let user = user.filter(|user| user.email_verified_at.is_some());
            user.map(|user| Addressee::user(&user, says, "/forgot"))
        };
        Ok(match &mail.message {
            Message::ConfirmEmail { user_id } => {
                let user = self.active(user_id).await?.filter(|user| user.email_verified_at.is_none());
                user.map(|user| {
                    let link =
                        Link { epoch: None, ..Link::of(&user, Purpose::Verify, now + self.confirm_link) };
                    Addressee::user(&user, Says::ConfirmEmail, "/verify").proving(link, now)
                })
            }
            Message::ResetPassword { identifier } => self.owner(identifier, now).await?.map(|user| {
                let link = Link::of(&user, Purpose::Reset, now + self.reset_link);
                Addressee::user(&user, Says::ResetPassword, "/reset").proving(link, now)
            }),
            Message::PasswordChanged { user_id } => told(self.active(user_id).await?, Says::PasswordChanged),
            Message::UsernameChanged { user_id } => told(self.active(user_id).await?, Says::UsernameChanged),
            Message::NewSignIn { user_id } => told(self.active(user_id).await?, Says::NewSignIn),
            Message::LoginLocked { identifier } => {
                told(self.owner(identifier, now).await?, Says::LoginLocked)
            }
            Message::AccountDeleted { user_id } => {
                let user = self.user(user_id).await?.filter(|user| user.can_return(now));
                user.map(|user| {
                    let link = Link::of(&user, Purpose::UndoDeletion, user.erase_at.unwrap_or(now));
                    Addressee::user(&user, Says::AccountDeleted, "/undo").proving(link, now)
                })
            }
            Message::EmailChanged { user_id, to } => self.former(user_id, to, mail.made_at, now).await?,
            Message::SignUp { to } => {
                let to = address(to)?;
                let link = Link::to(&to, Purpose::SignUp, now + self.confirm_link);
                let free = Addressee { path: "/signup", ..Addressee::typed(&to, Says::SignUp) };
                Some(self.if_free(&to, free.proving(link, now), now).await?)
            }
            Message::ConfirmNewEmail { user_id, to, epoch } => {
                self.new_address((user_id, *epoch), to, now).await?
            }
        })
    }

    /// The mail to a former address, with which its owner takes the account back.
    async fn former(
        &self,
        user_id: &UserId,
        to: &str,
        changed_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Addressee>, Outcome> {
        let to = address(to)?;
        // Also that of a disabled user: the link works once an operator lets the user in again.
        let user = self.user(user_id).await?;
        Ok(user.map(|user| {
            let link = Link::to(&to, Purpose::UndoEmail, changed_at + UNDO);
            let link = Link { user_id: Some(user_id.clone()), ..link };
            let addressee = Addressee::user(&user, Says::EmailChanged, "/undo").proving(link, now);
            Addressee { to: to.mail_address(), ..addressee }
        }))
    }

    /// The mail to the address that a user of this epoch wants.
    async fn new_address(
        &self,
        (user_id, epoch): (&UserId, u64),
        to: &str,
        now: Timestamp,
    ) -> Result<Option<Addressee>, Outcome> {
        let to = address(to)?;
        if self.active(user_id).await?.is_none_or(|user| user.epoch != epoch) {
            return Ok(None);
        }
        let link = Link::to(&to, Purpose::ChangeEmail, now + self.reset_link);
        let link = Link { user_id: Some(user_id.clone()), epoch: Some(epoch), ..link };
        let free = Addressee { path: "/verify", ..Addressee::typed(&to, Says::ConfirmNewEmail) };
        self.if_free(&to, free.proving(link, now), now).await.map(Some)
    }

    /// This mail to an address that was typed, if the address is free. Otherwise one that only says whose it is.
    async fn if_free(&self, to: &Email, free: Addressee, now: Timestamp) -> Result<Addressee, Outcome> {
        let identifier = Identifier::of_email(to);
        Ok(match self.credentials.ownership(&identifier, now).await.map_err(Outcome::Again)? {
            Ownership::Free => free,
            Ownership::Owned(user_id) => {
                Addressee { user_id: Some(user_id), ..Addressee::typed(to, Says::AddressTaken) }
            }
            Ownership::Held(until) => {
                Addressee { time: until.in_words(), ..Addressee::typed(to, Says::AddressHeld) }
            }
        })
    }

    async fn user(&self, user_id: &UserId) -> Result<Option<User>, Outcome> {
        self.users.get(user_id).await.map_err(Outcome::Again)
    }

    async fn active(&self, user_id: &UserId) -> Result<Option<User>, Outcome> {
        Ok(self.user(user_id).await?.filter(|user| user.status == Status::Active))
    }

    /// The active user who has an identifier.
    async fn owner(&self, identifier: &Identifier, now: Timestamp) -> Result<Option<User>, Outcome> {
        match self.credentials.ownership(identifier, now).await.map_err(Outcome::Again)? {
            Ownership::Owned(user_id) => self.active(&user_id).await,
            Ownership::Free | Ownership::Held(_) => Ok(None),
        }
    }
}

/// The address of an item. One that is none is lost, because it never becomes one.
fn address(to: &str) -> Result<Email, Outcome> {
    Email::parse(to).map_err(|_| Outcome::Lost(Error::internal("the address of a mail is malformed")))
}
