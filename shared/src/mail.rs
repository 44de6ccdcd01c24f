//! Mails: what is to be said to whom.
//!
//! A request writes an item of the mails table, in the same transaction as the change that it tells of. The function
//! `mailer` renders and sends it, and deletes the item. So a change that happened has its mail, and no request waits
//! for one. An item holds no secret: the mailer makes those.
//!
//! Mail is on where `MAILS_TABLE` is set. The template sets it with the parameter `MailFrom`.

use std::net::IpAddr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::error::Error;
use crate::random;
use crate::session::client_info::{ClientInfo, OPERATOR, client_in_words};
use crate::time::{Seconds, Timestamp};

/// The id of a mail: 256 random bits, as 43 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailId(pub String);

impl MailId {
    /// The id, as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An item of the mails table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The primary key.
    pub mail_id: MailId,
    /// When it was asked for.
    pub made_at: Timestamp,
    /// When it is no longer worth sending. DynamoDB's time to live deletes the item some time later.
    pub expires_at: Timestamp,
    /// The language of the mail: `en`.
    pub language: String,
    /// What it says, and to whom.
    #[serde(flatten)]
    pub message: Message,
    /// The browser that asked for it, like `Firefox on Linux`.
    pub client: String,
    /// The network from which it was asked for, like `203.0.113.0/24`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// What a mail says, and to whom. The mailer looks up the address when it sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// Asks a user to prove that their email address is theirs.
    ConfirmEmail {
        /// The user.
        user_id: UserId,
    },
    /// Lets the user who has an identifier choose a new password. No mail goes out where no account has it.
    ResetPassword {
        /// The identifier that was typed.
        identifier: Identifier,
    },
    /// Tells a user that the password has changed.
    PasswordChanged {
        /// The user.
        user_id: UserId,
    },
    /// Tells a user of a login on a device that the account did not know.
    NewSignIn {
        /// The user.
        user_id: UserId,
    },
    /// Tells the user who has an identifier that wrong passwords have disabled logins with it.
    LoginLocked {
        /// The identifier that was typed.
        identifier: Identifier,
    },
    /// Lets whom an email address belongs sign up with it, or tells them that there is an account.
    SignUp {
        /// The address that was typed.
        to: String,
    },
    /// Lets a user make a new email address theirs, or tells whom it belongs that it is taken.
    ConfirmNewEmail {
        /// The user.
        user_id: UserId,
        /// The address that was typed.
        to: String,
        /// The epoch of the user. What raises it ends the link.
        epoch: u64,
    },
    /// Tells a user that another email address has replaced the confirmed one, and lets them undo it.
    EmailChanged {
        /// The user.
        user_id: UserId,
        /// The former address.
        to: String,
    },
    /// Tells a user that the username has changed.
    UsernameChanged {
        /// The user.
        user_id: UserId,
    },
    /// Tells a user that the account is deleted, and lets them undo it.
    AccountDeleted {
        /// The user.
        user_id: UserId,
    },
}

impl Message {
    /// The name of the kind, as the item and the log write it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ConfirmEmail { .. } => "confirm_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged { .. } => "password_changed",
            Self::NewSignIn { .. } => "new_sign_in",
            Self::LoginLocked { .. } => "login_locked",
            Self::SignUp { .. } => "sign_up",
            Self::ConfirmNewEmail { .. } => "confirm_new_email",
            Self::EmailChanged { .. } => "email_changed",
            Self::UsernameChanged { .. } => "username_changed",
            Self::AccountDeleted { .. } => "account_deleted",
        }
    }

    /// How long the mail is worth sending.
    const fn lifetime(&self) -> Seconds {
        match self {
            Self::ResetPassword { .. } | Self::ConfirmNewEmail { .. } => Seconds(3_600),
            _ => Seconds(24 * 3_600),
        }
    }
}

impl Mail {
    /// A mail that a client asks for at `now`.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no random bytes.
    pub fn new(message: Message, client: &ClientInfo, now: Timestamp) -> Result<Self, Error> {
        Ok(Self { network: client.network.clone(), ..Self::of(message, client.name(), now)? })
    }

    /// A mail that an operator causes at `now`.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no random bytes.
    pub fn by_operator(message: Message, now: Timestamp) -> Result<Self, Error> {
        Self::of(message, OPERATOR.to_owned(), now)
    }

    fn of(message: Message, client: String, now: Timestamp) -> Result<Self, Error> {
        Ok(Self {
            mail_id: MailId(BASE64URL_NOPAD.encode(&random::bytes::<32>()?)),
            made_at: now,
            expires_at: now + message.lifetime(),
            language: "en".to_owned(),
            message,
            client,
            network: None,
        })
    }
}

impl Mail {
    /// Where the mail was asked for, as a text: `by Firefox on Linux in the network 203.0.113.0/24`. It has no other
    /// words, whatever the item says. So a function that may write items cannot send a text of its own to users.
    #[must_use]
    pub fn origin_in_words(&self) -> String {
        let client = client_in_words(&self.client);
        let is_network = |text: &&str| {
            text.split_once('/').is_some_and(|(address, bits)| {
                address.parse::<IpAddr>().is_ok() && bits.parse::<u8>().is_ok()
            })
        };
        match self.network.as_deref().filter(is_network) {
            Some(network) => format!("by {client} in the network {network}"),
            None => format!("by {client}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_written_and_read_with_its_kind() {
        let user_id = UserId::random().unwrap();
        let message = Message::ConfirmEmail { user_id };
        let client = ClientInfo::new(None, "203.0.113.77".parse().ok());
        let mail = Mail::new(message, &client, Timestamp::from_seconds(1_000)).unwrap();
        let text = serde_json::to_value(&mail).unwrap();
        assert_eq!(text["kind"], mail.message.kind());
        assert_eq!((&text["made_at"], &text["expires_at"]), (&1_000.into(), &87_400.into()));
        assert_eq!(text["network"], "203.0.113.0/24");
        assert_eq!(serde_json::from_value::<Mail>(text).unwrap(), mail);
        assert_eq!(mail.origin_in_words(), "by a program in the network 203.0.113.0/24");
        let forged =
            Mail { client: "Win a prize".to_owned(), network: Some("at evil.example/".to_owned()), ..mail };
        assert_eq!(forged.origin_in_words(), "by a program");
        let identifier = Identifier::parse("ada1").unwrap();
        let reset = Mail::new(Message::ResetPassword { identifier }, &client, Timestamp::from_seconds(0));
        let text = serde_json::to_value(reset.unwrap()).unwrap();
        assert_eq!((&text["identifier"], &text["expires_at"]), (&"username#ada1".into(), &3_600.into()));
    }
}
