//! New users, and links for a new password.

use std::io::IsTerminal as _;

use latchkey::account::{Email, ReservedUsernames, Status, User, UserId, Username, display_name};
use latchkey::password::{NewPasswords, PasswordHasher};
use latchkey::proof::{Proof, Purpose};
use latchkey::secret::BearerSecret;
use latchkey::store::{Address, Mails, Proofs, SignUp};
use latchkey::time::Seconds;
use serde_json::json;

use crate::arguments::user::{Create, ResetLink};
use crate::output::{escaped, tell};
use crate::question::{confirm, typed_password};
use crate::stop::{Code, Stop};
use crate::user::Desk;
use crate::user::change::role;
use crate::user::identifiers::{invalid, taken};

impl Desk<'_> {
    pub(super) async fn create(&self, arguments: &Create) -> Result<(), Stop> {
        let environment = &self.target.environment;
        let reserved = ReservedUsernames::from_environment(environment)?;
        let username =
            Username::parse_new(&arguments.username, &reserved).map_err(|error| invalid(&error))?;
        let email = Email::parse(&arguments.email).map_err(|error| invalid(&error))?;
        let name = arguments.name.as_deref().map(display_name::parse).transpose();
        let name = name.map_err(|error| invalid(&error))?.flatten();
        let user = User::new(UserId::random()?, &username, &email, name, self.now);
        let user = User {
            role: role(&arguments.role)?.to_owned(),
            email_verified_at: arguments.verified.then_some(self.now),
            ..self.signed(user, arguments.why.as_deref())
        };
        if user.role == "admin" {
            let about = format!("This makes {} an admin", escaped(&user.username));
            confirm(self.common, &about, "yes").await?;
        }
        // In the same transaction, so that no one is created without the mail.
        let mail = if arguments.invite {
            self.mails()?;
            Some(self.reset_mail(&user)?)
        } else {
            None
        };
        let password_hash = if arguments.password_stdin {
            let passwords = NewPasswords::from_environment(environment)?;
            let typed = typed_password()?;
            let password = passwords.parse(&typed, Some(&username), Some(&email));
            let password = password.map_err(|error| invalid(&error))?;
            Some(PasswordHasher::from_environment(environment)?.hash(&password)?)
        } else {
            None
        };
        let sign_up = SignUp {
            user: &user,
            password_hash: password_hash.as_ref(),
            session: None,
            presented: None,
            address: mail.as_ref().map_or(Address::Known, Address::Typed),
        };
        self.accounts.create(&sign_up).await.map_err(taken)?;
        if password_hash.is_none() && mail.is_none() && self.mails().is_err() {
            tell("latchkey: mail is off, so this user has no way to a password");
        }
        let has_mail = if mail.is_some() { " A mail with a link is on its way." } else { "" };
        self.done(&user, &format!("is created.{has_mail}"));
        Ok(())
    }

    pub(super) async fn reset_link(&self, arguments: &ResetLink) -> Result<(), Stop> {
        let user = self.find(&arguments.reasoned.named.who).await?;
        if user.status != Status::Active {
            return Err(Stop::new(Code::Refused, "the user is not active, so no link works"));
        }
        // Without mail, the routes of a reset are unknown paths.
        let mails = self.mails()?;
        if arguments.send {
            mails.put(&self.reset_mail(&user)?).await?;
            self.done(&user, "gets a mail with a link. `latchkey log` says what became of it.");
            return Ok(());
        }
        if !std::io::stdout().is_terminal() {
            let detail = "the link gives the account away, so it is printed on a terminal only: use --send";
            return Err(Stop::new(Code::Usage, detail));
        }
        // Who reads the item later sees who has had a link.
        let why = arguments.reasoned.why.as_deref().unwrap_or("a printed reset link");
        let user = self.change(&user, self.next(&user, Some(why))).await?;
        let secret = BearerSecret::random()?;
        let hours = i64::from(arguments.hours.unwrap_or(1));
        let proof = Proof {
            proof_id: secret.hashed(),
            purpose: Purpose::Reset,
            email: user.email.clone(),
            email_shown: None,
            user_id: Some(user.user_id.clone()),
            epoch: Some(user.epoch),
            made_at: self.now,
            expires_at: self.now + Seconds(hours * 3_600),
        };
        Proofs::new(&self.target.client, &self.target.environment)?.put(&proof).await?;
        if self.common.dry_run {
            self.done(&user, "has a link.");
            return Ok(());
        }
        let link = format!("{}/reset?token={}", self.target.origin, secret.reveal());
        let lines = format!("This link works once, for {hours} h:\n{link}");
        self.output.answer(&json!({ "link": link, "expires_at": proof.expires_at.to_rfc3339() }), &lines);
        Ok(())
    }

    /// The table of mails, if mail is on.
    fn mails(&self) -> Result<Mails, Stop> {
        Mails::if_on(&self.target.client, &self.target.environment)
            .ok_or_else(|| Stop::new(Code::Refused, "mail is off, so no link works: set MailFrom"))
    }
}
