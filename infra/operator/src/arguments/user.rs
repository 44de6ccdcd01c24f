//! The command line of the commands about users.

use clap::{Args, Subcommand};
use latchkey::account::UserId;
use latchkey::time::Seconds;

use crate::arguments::duration;

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Show a user, with sessions and wrong passwords, and whether the items of the tables fit together
    Show(Show),
    /// List users, or find those with a part of a username, an email or a name
    List(List),
    /// Create a user, whose password you never know
    Create(Create),
    /// Lock a user out: no login, no session, no link
    Disable(Reasoned),
    /// Let a user in again
    Enable(Reasoned),
    /// End all sessions of a user, and make all devices unknown; or end one session
    SignOut(SignOut),
    /// Delete the counters of wrong passwords of both identifiers
    Unlock(Named),
    /// Give a user a role: 1 to 32 of a to z, 0 to 9, `_` and `-`
    Role(Role),
    /// Replace the attributes of a user, which access tokens can have
    Attributes(Attributes),
    /// Give a user another username; the present one is held for 30 days
    Rename(Rename),
    /// Give a user another email address
    Email(Email),
    /// Confirm the email address of a user, for which you vouch
    VerifyEmail(Reasoned),
    /// Let a user choose a new password by a link
    ResetLink(ResetLink),
    /// Delete a user for ever
    Delete(Reasoned),
    /// Give the items of an account one epoch, as after a restore of the tables
    Repair(Reasoned),
    /// Free a former username or address, which is held
    Release(Release),
}

/// Who it is about.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// A username, an email address, `id:` and the id of a user, or `external:SOURCE/ID` after an import
    #[arg(value_name = "WHO")]
    pub who: String,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub named: Named,
    /// Show also how the password is stored, without the hash
    #[arg(long, conflicts_with = "all")]
    pub password: bool,
    /// All that is stored about the user, without secrets, as JSON: for a person who asks for it
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// A part of the username or the email, or, with its capitals, of the display name
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Only users with this role
    #[arg(long)]
    pub role: Option<String>,
    /// Only users with this status
    #[arg(long, value_parser = ["active", "disabled", "deleted"])]
    pub status: Option<String>,
    /// Only users who signed up in the last hours or days, like 24h or 7d
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub since: Option<Seconds>,
    /// Only users without a confirmed email address
    #[arg(long)]
    pub unverified: bool,
    /// The most users
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// Go on after this id, with which the last list ended
    #[arg(long, value_name = "ID", allow_hyphen_values = true, value_parser = user_id)]
    pub after: Option<UserId>,
    /// All users, as they are found
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
    /// The most read request units a second
    #[arg(long, value_name = "UNITS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
}

fn user_id(text: &str) -> Result<UserId, &'static str> {
    UserId::parse(text).ok_or("an id has 22 characters")
}

#[derive(Debug, Args)]
pub(crate) struct Reasoned {
    #[command(flatten)]
    pub named: Named,
    /// Why, for who reads the user's item later
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub why: Option<String>,
}

/// It is kept in the user's item.
fn reason(text: &str) -> Result<String, &'static str> {
    let is_short = text.chars().count() <= 200;
    is_short.then(|| text.to_owned()).ok_or("write at most 200 characters")
}

#[derive(Debug, Args)]
pub(crate) struct Release {
    /// The former username or email address
    #[arg(value_name = "NAME")]
    pub name: String,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("password").required(true))]
pub(crate) struct Create {
    /// The email address
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// The username
    #[arg(long, value_name = "NAME")]
    pub username: String,
    /// The display name
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// The role
    #[arg(long, default_value = "user")]
    pub role: String,
    /// The email address is confirmed: you vouch for it
    #[arg(long)]
    pub verified: bool,
    /// Why, for who reads the user's item later
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub why: Option<String>,
    /// Send a mail with a link, by which the user chooses the password
    #[arg(long, group = "password")]
    pub invite: bool,
    /// Ask for the password, or read it from standard input
    #[arg(long, group = "password")]
    pub password_stdin: bool,
    /// No password: the user cannot log in before a reset
    #[arg(long, group = "password")]
    pub no_password: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SignOut {
    #[command(flatten)]
    pub reasoned: Reasoned,
    /// Only the session with this id, of which the first characters suffice
    #[arg(long, value_name = "ID", allow_hyphen_values = true, conflicts_with = "why")]
    pub session: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Role {
    #[command(flatten)]
    pub reasoned: Reasoned,
    /// The role
    #[arg(value_name = "ROLE")]
    pub role: String,
}

#[derive(Debug, Args)]
pub(crate) struct Attributes {
    #[command(flatten)]
    pub reasoned: Reasoned,
    /// All of them, as a JSON object like {"plan":"pro"}; {} removes them
    #[arg(value_name = "JSON")]
    pub attributes: String,
}

#[derive(Debug, Args)]
pub(crate) struct Rename {
    #[command(flatten)]
    pub reasoned: Reasoned,
    /// The new username
    #[arg(value_name = "NAME")]
    pub username: String,
}

#[derive(Debug, Args)]
pub(crate) struct Email {
    #[command(flatten)]
    pub reasoned: Reasoned,
    /// The new address
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// The new address is confirmed: you vouch for it
    #[arg(long)]
    pub verified: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("way").required(true))]
pub(crate) struct ResetLink {
    #[command(flatten)]
    pub reasoned: Reasoned,
    /// Send the mail of `/forgot`
    #[arg(long, group = "way")]
    pub send: bool,
    /// Print the link, on a terminal only
    #[arg(long, group = "way")]
    pub print: bool,
    /// For how many hours a printed link works, at most 24; without it, one
    #[arg(long, value_name = "HOURS", requires = "print", value_parser = clap::value_parser!(u8).range(1..=24))]
    pub hours: Option<u8>,
}
