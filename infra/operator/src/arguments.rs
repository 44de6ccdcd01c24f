//! The command line. `--help`, the completions and the manual pages are made of it.

pub(crate) mod user;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::arguments::user::User;

/// The end of the help.
const EXIT_CODES: &str = "Exit codes: 0 done; 1 AWS or the database failed; 2 the command line is wrong, or a question \
    cannot be asked; 3 no one is called so; 4 refused: taken, or changed meanwhile; 130 stopped by Ctrl-C.";

/// Finds, shows, changes and deletes the users of a Latchkey stack.
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, max_term_width = 100, arg_required_else_help = true, after_help = EXIT_CODES)]
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
    /// Count users and sessions
    Stats(Stats),
    /// The signing keys, and those of access tokens
    #[command(subcommand)]
    Keys(Keys),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages
    Man {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// List the keys by the times from which they sign
    List,
    /// Add a key, which no one notices
    Rotate(Which),
    /// Replace all keys, after one has leaked
    Replace(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The private keys of access tokens, instead of the signing keys of the cookies
    #[arg(long)]
    pub access_tokens: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// Read both tables, instead of DynamoDB's own counts, which are hours old
    #[arg(long)]
    pub exact: bool,
    /// The most read request units a second
    #[arg(long, value_name = "UNITS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
}
