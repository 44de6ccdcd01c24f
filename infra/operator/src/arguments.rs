//! The command line. `--help`, the completions and the manual pages are made of it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Finds, shows, changes and deletes the users of a Latchkey stack.
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub noun: Noun,
}

/// The options of every command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The name of the stack; without it, that of samconfig.toml in this folder, or `latchkey`
    #[arg(long, global = true, value_name = "NAME", env = "LATCHKEY_STACK", hide_env_values = true)]
    pub stack: Option<String>,
    /// The stack of a running `make dev`; DIR is its folder of data, `.local/data` by default
    #[arg(long, global = true, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = ".local/data", conflicts_with_all = ["stack", "profile", "region"])]
    pub local: Option<PathBuf>,
    /// The profile of the AWS credentials
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The region of the stack
    #[arg(long, global = true, value_name = "NAME")]
    pub region: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Write nothing, and print what would be written
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Answer yes to every question
    #[arg(long, global = true)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Noun {
    /// Users
    #[command(subcommand)]
    User(User),
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Show a user, with sessions and wrong passwords, and whether the items of the tables fit together
    Show(Named),
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
    /// Give a user another username; the present one is held for 30 days
    Rename(Rename),
    /// Give a user another email address
    Email(Email),
    /// Confirm the email address of a user, for which you vouch
    VerifyEmail(Named),
    /// Let a user choose a new password by a link
    ResetLink(ResetLink),
    /// Delete a user for ever
    Delete(Reasoned),
    /// Give the items of an account one epoch, as after a restore of the tables
    Repair(Named),
}

/// Who it is about.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// A username, an email address, or `id:` and the id of a user
    #[arg(value_name = "WHO")]
    pub who: String,
}

#[derive(Debug, Args)]
pub(crate) struct Reasoned {
    #[command(flatten)]
    pub named: Named,
    /// Why, for who reads the user's item later
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
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
    /// Send a mail with a link, by which the user chooses the password
    #[arg(long, group = "password")]
    pub invite: bool,
    /// Read the password from standard input
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
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
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
    pub named: Named,
    /// Send the mail of `/forgot`
    #[arg(long, group = "way")]
    pub send: bool,
    /// Print the link, on a terminal only
    #[arg(long, group = "way")]
    pub print: bool,
    /// For how many hours a printed link works, at most 24
    #[arg(long, value_name = "HOURS", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=24))]
    pub hours: u8,
}
