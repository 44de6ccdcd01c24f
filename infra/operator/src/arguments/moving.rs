//! The commands of who comes and who leaves: import, export, and what becomes of imported passwords.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use latchkey::time::Timestamp;

use crate::import::Foreign;

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The users: CSV with a header, or a JSON object a line; its name ends with .csv, .ndjson or .jsonl
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The name of the other system, of which the ids are: 1 to 32 of a to z, 0 to 9, `_` and `-`. With `--format
    /// latchkey` the users have it
    #[arg(long, value_name = "NAME", value_parser = source)]
    #[arg(required_unless_present = "format", required_if_eq_any([("format", "firebase"), ("format", "keycloak"),
        ("format", "auth0")]))]
    pub source: Option<String>,
    #[command(flatten)]
    pub reading: Reading,
    /// Ask for the password of this person, as you know it, and say whether the hash in the file is of it; nothing is
    /// written
    #[arg(long = "try", value_name = "WHO")]
    pub person: Option<String>,
    /// With `--dry-run`: read the tables, and say who is there already and whose names are taken
    #[arg(long, requires = "dry_run")]
    pub against_tables: bool,
    /// Give those who have not logged in since an earlier import the hashes of this newer file, too
    #[arg(long)]
    pub again: bool,
    /// The most write request units a second; without it, a quarter of `TableWriteRequestUnits`
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Import although the time of a wrong password will tell who has an account
    #[arg(long)]
    pub accept_timing: bool,
}

/// How a file is read.
#[derive(Debug, Default, Args)]
pub(crate) struct Reading {
    /// The export of another system, instead of CSV or JSON with the columns of the documentation
    #[arg(long, value_name = "NAME", value_enum)]
    pub format: Option<Foreign>,
    /// What Firebase's console says of the password hashes, as JSON
    #[arg(long, value_name = "FILE", required_if_eq("format", "firebase"))]
    pub hash_config: Option<PathBuf>,
    /// What becomes of users without a username
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Usernames::Generate)]
    pub usernames: Usernames,
    /// Let users keep usernames that are reserved, such as `admin`
    #[arg(long)]
    pub allow_reserved: bool,
    /// The scrypt hashes without a name are of Lucia 1, and not of Better Auth, Lucia 2 or 3, which look the same
    #[arg(long)]
    pub lucia_1: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Usernames {
    #[default]
    /// The import makes one up that begins with `u-`
    Generate,
    /// They cannot come
    Required,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The new file, a JSON object a line; `-` is standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Leave the password hashes out
    #[arg(long)]
    pub without_hashes: bool,
    /// The most read request units a second
    #[arg(long, value_name = "UNITS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Password {
    /// Count the users by the forms of their passwords, and those of an import who have not logged in yet
    List(PasswordList),
    /// Take the passwords of an import away with which no one has logged in; their users choose a new one by a link
    Retire(PasswordRetire),
}

#[derive(Debug, Args)]
pub(crate) struct PasswordList {
    /// The most read request units a second
    #[arg(long, value_name = "UNITS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub(crate) struct PasswordRetire {
    /// Those of this form, as `latchkey password list` names it
    #[arg(long, value_name = "FORM", group = "which")]
    pub form: Option<String>,
    /// Those that came before this time, like 2026-12-01
    #[arg(long, value_name = "TIME", group = "which", value_parser = time)]
    pub imported_before: Option<Timestamp>,
    /// The most request units a second
    #[arg(long, value_name = "UNITS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
    /// Why; it is kept with each user
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
}

fn source(text: &str) -> Result<String, &'static str> {
    let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    let is_name = (1..=32).contains(&text.len()) && text.bytes().all(is_good);
    is_name.then(|| text.to_owned()).ok_or("a name has 1 to 32 of a to z, 0 to 9, `_` and `-`")
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text).ok_or("write a time like 2026-12-01 or 2026-12-01T08:00:00Z")
}
