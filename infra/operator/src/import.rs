//! `latchkey import`: users of another system, with the hashes that they have.
//!
//! It reads the file twice. The first time it only looks, so that it can say what will happen, and refuses what would
//! be unsafe. The second time it writes, many users in one transaction. A user's id follows from the id in the other
//! system, so it can be stopped and run again: who is there already is left as they are.

mod dialect;
mod file;
mod foreign;
mod row;
mod rules;
mod survey;

use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use latchkey::account::{ReservedUsernames, UserId};
use latchkey::password::PasswordHasher;
use latchkey::store::{Accounts, Arrival, Newcomer};
use latchkey::time::Timestamp;
use serde_json::json;

use crate::arguments::{Common, Import};
use crate::files::{beside, create_private};
use crate::import::dialect::FirebaseConfig;
use crate::import::file::Format;
use crate::import::row::Row;
use crate::import::rules::{Looked, Rules};
use crate::import::survey::Survey;
use crate::output::{Output, tell};
use crate::pace::Pace;
use crate::question::confirm;
use crate::stop::{Code, Stop};
use crate::target::{Place, Target};

/// The write request units of a user: each of three items takes two in a transaction.
const UNITS: f64 = 6.0;

/// What a line of the file becomes.
enum Line {
    /// A user who can come.
    Newcomer(Box<Newcomer>),
    /// What is wrong with it.
    Rejected { external_id: Option<String>, codes: Vec<String> },
}

/// An import of one file.
struct Importer<'a> {
    arguments: &'a Import,
    format: Format,
    rules: Rules,
    now: Timestamp,
}

pub(crate) use self::foreign::Foreign;

/// What Firebase's console says of the hashes.
fn firebase(path: &Path) -> Result<FirebaseConfig, Stop> {
    let wrong = |error: String| Stop::new(Code::Usage, format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

pub(crate) async fn run(
    arguments: &Import,
    common: &Common,
    target: &Target,
    output: &Output,
    now: Timestamp,
) -> Result<(), Stop> {
    let rules = Rules {
        source: arguments.source.clone(),
        reserved: ReservedUsernames::from_environment(&target.environment)?,
        hasher: PasswordHasher::from_environment(&target.environment)?,
        now,
    };
    let firebase = arguments.hash_config.as_deref().map(firebase).transpose()?;
    let format = Format { foreign: arguments.format, firebase };
    let importer = Importer { arguments, format, rules, now };
    let survey = importer.survey()?;
    if common.dry_run {
        output.answer(&json!(survey), &format!("{}\nNothing was written.", survey.lines(&arguments.file)));
        return Ok(());
    }
    survey.check(target, arguments)?;
    tell(&survey.lines(&arguments.file));
    confirm(common, &format!("This imports {} users", survey.good), "yes").await?;
    let counts = importer.write(target, survey.good).await?;
    output.answer(&json!(counts), &counts.lines(&arguments.file));
    if counts.is_complete() {
        return Ok(());
    }
    Err(Stop::new(Code::Findings, format!("some users did not come: see {}", importer.rejected().display())))
}

impl Importer<'_> {
    /// The file with the lines that cannot come.
    fn rejected(&self) -> PathBuf {
        beside(&self.arguments.file, ".rejected.ndjson")
    }

    fn open_rejected(&self) -> Result<File, Stop> {
        let path = self.rejected();
        create_private(&path).map_err(|error| Stop::failed(format!("{}: {error}", path.display())))
    }

    /// Reads the whole file, and hashes nothing.
    fn survey(&self) -> Result<Survey, Stop> {
        let (mut survey, mut seen, mut rejected) = (Survey::default(), HashSet::new(), self.open_rejected()?);
        for row in file::open(&self.arguments.file, &self.format)? {
            let row = row?;
            match self.look(&row.value, &mut seen) {
                Ok(looked) => survey.count(&looked),
                Err(codes) => {
                    survey.reject(&mut rejected, row.line, row.value.external_id().as_deref(), &codes)?;
                }
            }
        }
        Ok(survey)
    }

    async fn write(&self, target: &Target, total: u64) -> Result<Counts, Stop> {
        let accounts = Accounts::new(&target.client, &target.environment)?;
        let mut pace = Pace::new(self.rate(target), total);
        let (mut counts, mut seen, mut rejected) = (Counts::default(), HashSet::new(), self.open_rejected()?);
        let mut batch: Vec<(u64, Newcomer)> = Vec::new();
        let mut rows = file::open(&self.arguments.file, &self.format)?;
        loop {
            let row = rows.next().transpose()?;
            let is_last = row.is_none();
            if let Some(row) = row {
                match self.line(&row.value, &mut seen)? {
                    Line::Newcomer(newcomer) => batch.push((row.line, *newcomer)),
                    Line::Rejected { external_id, codes } => {
                        counts.rejected += 1;
                        reject(&mut rejected, row.line, external_id.as_deref(), &codes)?;
                    }
                }
            }
            if batch.len() == Accounts::NEWCOMERS || is_last && !batch.is_empty() {
                let (lines, newcomers): (Vec<u64>, Vec<Newcomer>) =
                    std::mem::take(&mut batch).into_iter().unzip();
                let arrivals = accounts.import(&newcomers, self.now).await?;
                for ((line, newcomer), arrival) in lines.into_iter().zip(&newcomers).zip(arrivals) {
                    let codes = counts.count(arrival);
                    if !codes.is_empty() {
                        reject(&mut rejected, line, newcomer.user.external_id.as_deref(), &codes)?;
                    }
                }
                let users = u32::try_from(newcomers.len()).unwrap_or(u32::MAX);
                pace.count(users.into(), UNITS * f64::from(users));
                pace.wait(counts.imported).await;
            }
            if is_last {
                tell(&format!("latchkey: {}", pace.sum()));
                return Ok(counts);
            }
        }
    }

    /// The rate at which logins keep most of the tables. The database of `make dev` has no limit.
    fn rate(&self, target: &Target) -> u32 {
        let units =
            target.environment.get("TABLE_WRITE_REQUEST_UNITS").and_then(|units| units.parse::<u32>().ok());
        let default = match &target.place {
            Place::Account(_) => units.unwrap_or(4_000) / 4,
            Place::Local(_) => u32::MAX,
        };
        self.arguments.rate.unwrap_or(default).max(1)
    }

    fn line(&self, row: &Row, seen: &mut HashSet<u64>) -> Result<Line, Stop> {
        Ok(match self.look(row, seen) {
            Ok(looked) => Line::Newcomer(Box::new(self.rules.store(looked)?)),
            Err(codes) => Line::Rejected { external_id: row.external_id(), codes },
        })
    }

    /// The user of a row. All that is wrong with it, otherwise; an earlier row may have the same id.
    fn look(&self, row: &Row, seen: &mut HashSet<u64>) -> Result<Looked, Vec<String>> {
        let looked = self.rules.look(row)?;
        let is_first = seen.insert(fingerprint(&looked.user.user_id));
        if is_first { Ok(looked) } else { Err(vec!["duplicate".to_owned()]) }
    }
}

/// The first 64 bits of an id, which is random: a million users take some megabytes.
fn fingerprint(id: &UserId) -> u64 {
    let bytes = id.as_str().bytes().take(11);
    bytes.fold(0, |hash: u64, byte| hash.wrapping_mul(64).wrapping_add(u64::from(byte)))
}

/// Writes down what is wrong with a line: no hash and no address.
fn reject(file: &mut File, line: u64, external_id: Option<&str>, codes: &[String]) -> Result<(), Stop> {
    writeln!(file, "{}", json!({ "line": line, "external_id": external_id, "codes": codes }))
        .map_err(Stop::failed)
}

/// What has become of the users of a file.
#[derive(Debug, Default, serde::Serialize)]
struct Counts {
    imported: u64,
    already: u64,
    taken: u64,
    rejected: u64,
}

impl Counts {
    /// Counts a user, and returns what is wrong.
    fn count(&mut self, arrival: Arrival) -> Vec<String> {
        match arrival {
            Arrival::Imported => self.imported += 1,
            Arrival::Already => self.already += 1,
            Arrival::Taken { username, email } => {
                self.taken += 1;
                let taken = [("username: taken", username), ("email: taken", email)];
                return taken.into_iter().filter(|(_, is)| *is).map(|(code, _)| code.to_owned()).collect();
            }
        }
        Vec::new()
    }

    const fn is_complete(&self) -> bool {
        self.taken == 0 && self.rejected == 0
    }

    fn lines(&self, file: &Path) -> String {
        let Self { imported, already, taken, rejected } = self;
        format!(
            "{}: {imported} imported, {already} there already, {taken} taken, {rejected} rejected",
            file.display()
        )
    }
}
