//! The command line. `--help`, the completions and the manual pages are made of it.

pub(crate) mod moving;
pub(crate) mod user;

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use latchkey::time::Seconds;

use crate::arguments::moving::{Export, Import, Password};
use crate::arguments::user::User;

/// The end of the help.
const EXIT_CODES: &str = "Exit codes: 0 done; 1 AWS or the database failed; 2 the command line is wrong, or a question \
    cannot be asked; 3 no one is called so; 4 refused: taken, changed meanwhile, or answered no; 5 a fault was found, \
    or some users did not come; 130 stopped by Ctrl-C.";

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
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// The name of the stack; without it, that of samconfig.toml in this folder, or `latchkey`
    #[arg(long, global = true, value_name = "NAME", env = "LATCHKEY_STACK", hide_env_values = true)]
    pub stack: Option<String>,
    /// The stack of a running `make dev`; DIR is its folder of data, `.local/data` by default
    #[arg(long, global = true, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = ".local/data", conflicts_with_all = ["profile", "region"])]
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
    /// What the functions have logged about a user, a request or an address
    Log(Log),
    /// The signing keys, and those of access tokens
    #[command(subcommand)]
    Keys(Keys),
    /// Bring users of another system in, with the hashes that they have
    Import(Import),
    /// Write every user to a file, with the hashes that they have
    Export(Export),
    /// How the passwords are stored
    #[command(subcommand)]
    Password(Password),
    /// Find out whether the stack is sound, and what to do where it is not
    Doctor(Doctor),
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
    Rotate(Rotate),
    /// Replace all keys, after one has leaked
    Replace(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    pub which: Which,
    /// End a rotation that is under way first, because it is stuck
    #[arg(long)]
    pub restart: bool,
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

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// How many users are looked at, at random
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub sample: u32,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("about").required(true))]
pub(crate) struct Log {
    /// A username, an email address, or id: and the id of a user
    #[arg(value_name = "WHO", group = "about")]
    pub who: Option<String>,
    /// The id of a request, which the page of an error shows
    #[arg(long, value_name = "ID", group = "about", allow_hyphen_values = true, value_parser = request_id)]
    pub request: Option<String>,
    /// The address of a client
    #[arg(long, value_name = "ADDRESS", group = "about")]
    pub address: Option<IpAddr>,
    /// How far back, like 24h or 7d
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    pub since: Seconds,
}

/// It becomes a part of a query, so it has no character with a meaning there.
fn request_id(text: &str) -> Result<String, &'static str> {
    let is_id = |character: char| character.is_ascii_alphanumeric() || "=_-".contains(character);
    let is_one = !text.is_empty() && text.len() <= 128 && text.chars().all(is_id);
    is_one.then(|| text.to_owned()).ok_or("an id has letters, digits, and the characters = _ -")
}

/// Hours or days.
pub(crate) fn duration(text: &str) -> Result<Seconds, &'static str> {
    let number = |unit| text.strip_suffix(unit).and_then(|text: &str| text.parse::<i64>().ok());
    let seconds = number('h').map(|hours| hours.checked_mul(3_600));
    let seconds = seconds.or_else(|| number('d').map(|days| days.checked_mul(86_400))).flatten();
    seconds.filter(|seconds| *seconds > 0).map(Seconds).ok_or("write it like 24h or 7d")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use clap::error::ErrorKind;

    use super::*;

    /// The words of a line of a shell up to a pipe. Single quotes hold spaces.
    fn words(line: &str) -> Vec<String> {
        let parts = line.split('\'').enumerate();
        let words = parts.flat_map(|(number, part)| {
            let words: Vec<&str> =
                if number % 2 == 1 { vec![part] } else { part.split_whitespace().collect() };
            words.into_iter().map(str::to_owned)
        });
        words.take_while(|word| word != "|").collect()
    }

    fn pages(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        let pages = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "md"));
        let mut pages: Vec<String> = pages.map(|path| fs::read_to_string(path).unwrap()).collect();
        pages.extend(folders.iter().flat_map(|folder| self::pages(folder)));
        pages
    }

    #[test]
    fn every_line_of_the_documents_is_a_command() {
        let mut count = 0;
        for page in pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")) {
            let lines = page.lines().filter_map(|line| line.trim().strip_prefix("latchkey "));
            let lines = lines.filter(|line| !line.starts_with("in "));
            let named = page.split('`').filter_map(|code| code.strip_prefix("latchkey "));
            let prompted = page.lines().filter_map(|line| line.strip_prefix("$ latchkey "));
            for line in lines.chain(named.filter(|code| !code.contains('\n'))).chain(prompted) {
                count += 1;
                let parsed =
                    Arguments::try_parse_from(["latchkey".to_owned()].into_iter().chain(words(line)));
                // A sentence may name a command without its arguments.
                if let Err(error) = parsed {
                    assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument, "{line}");
                }
            }
        }
        assert!(count > 30, "{count}");
    }
}
