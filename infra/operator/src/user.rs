//! The commands about users.

mod change;
mod copy;
mod create;
mod delete;
mod identifiers;
mod list;
mod sessions;
mod show;

use latchkey::account::User;
use latchkey::mail::{Mail, Message};
use latchkey::store::{Accounts, Inspector, Sessions, Users};
use latchkey::time::Timestamp;
use serde_json::{Value, json};

pub(crate) use self::change::role;
pub(crate) use self::show::misfits;

use crate::arguments::Common;
use crate::arguments::user::User as Command;
use crate::output::{Output, escaped};
use crate::stop::{Code, Stop};
use crate::target::Target;
use crate::who;

/// What every command about users needs.
pub(crate) struct Desk<'a> {
    target: &'a Target,
    output: &'a Output,
    common: &'a Common,
    now: Timestamp,
    users: Users,
    sessions: Sessions,
    accounts: Accounts,
    inspector: Inspector,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(
        target: &'a Target,
        output: &'a Output,
        common: &'a Common,
        now: Timestamp,
    ) -> Result<Self, Stop> {
        let (client, environment) = (&target.client, &target.environment);
        Ok(Self {
            users: Users::new(client, environment)?,
            sessions: Sessions::new(client, environment)?,
            accounts: Accounts::new(client, environment)?,
            inspector: Inspector::new(client, environment)?,
            target,
            output,
            common,
            now,
        })
    }

    /// Does what a command says.
    pub(crate) async fn run(&self, command: &Command) -> Result<(), Stop> {
        match command {
            Command::Show(show) => self.show(show).await,
            Command::List(list) => self.list(list).await,
            Command::Create(create) => self.create(create).await,
            Command::Disable(reasoned) => self.disable(reasoned).await,
            Command::Enable(reasoned) => self.enable(reasoned).await,
            Command::SignOut(sign_out) => self.sign_out(sign_out).await,
            Command::Unlock(named) => self.unlock(named).await,
            Command::Role(role) => self.role(role).await,
            Command::Attributes(attributes) => self.attributes(attributes).await,
            Command::Rename(rename) => self.rename(rename).await,
            Command::Email(email) => self.email(email).await,
            Command::VerifyEmail(reasoned) => self.verify_email(reasoned).await,
            Command::ResetLink(reset_link) => self.reset_link(reset_link).await,
            Command::Delete(reasoned) => self.delete(reasoned).await,
            Command::Repair(reasoned) => self.repair(reasoned).await,
            Command::Release(release) => self.release(release).await,
        }
    }

    async fn find(&self, who: &str) -> Result<User, Stop> {
        who::find(who, &self.users, &self.inspector).await
    }

    /// The same, unless the user has deleted the account.
    async fn find_existing(&self, who: &str) -> Result<User, Stop> {
        let user = self.find(who).await?;
        if user.is_deleted() {
            let detail = "the user has deleted the account: only its link in a mail gives it back";
            return Err(Stop::new(Code::Refused, detail));
        }
        Ok(user)
    }

    /// The same user with the next version, which says who makes it.
    fn next(&self, user: &User, why: Option<&str>) -> User {
        self.signed(user.next_version(), why)
    }

    /// The same user, whose version says who makes it.
    fn signed(&self, user: User, why: Option<&str>) -> User {
        self.target.signed(user, why)
    }

    /// The mail with which a user chooses a password.
    fn reset_mail(&self, user: &User) -> Result<Mail, Stop> {
        let [_, identifier] = user.identifiers();
        Ok(Mail::by_operator(Message::ResetPassword { identifier }, self.now)?)
    }

    /// Prints what was done to a user: the user in JSON, or a sentence that begins with the username.
    fn done(&self, user: &User, sentence: &str) {
        self.output.done(&seen(user), &format!("{} {sentence}", escaped(&user.username)));
    }
}

/// The user as responses show it, and what only an operator sees.
fn seen(user: &User) -> Value {
    let mut view = json!(user.view());
    let own = json!({
        "status": user.status,
        "version": user.version,
        "epoch": user.epoch,
        "erase_at": user.erase_at.map(Timestamp::to_rfc3339),
        "changed_by": user.changed_by.as_ref().filter(|changed| changed.version == user.version),
    });
    if let (Some(view), Value::Object(own)) = (view.as_object_mut(), own) {
        view.extend(own);
    }
    view
}

/// The user has changed since it was read, so nothing was done.
fn changed_meanwhile() -> Stop {
    Stop::new(Code::Refused, "the user has changed since it was read: look again, and repeat the command")
}
