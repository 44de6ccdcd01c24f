//! `latchkey import`: users of another system, with the hashes that they have.
//!
//! It reads the file twice. The first time it only looks, so that it can say what will happen, and refuses what would
//! be unsafe. The second time it writes, many users in one transaction. A user's id follows from the id in the other
//! system, so it can be stopped and run again: who is there already is left as they are.

mod costs;
mod dialect;
mod file;
mod foreign;
mod progress;
mod row;
mod rules;
mod survey;
mod trial;
mod writer;

use std::collections::HashSet;
use std::path::Path;

use latchkey::account::UserId;
use latchkey::password::PasswordHasher;
use latchkey::time::Timestamp;
use serde_json::json;

pub(crate) use self::foreign::Foreign;

use crate::arguments::Common;
use crate::arguments::moving::Import;
use crate::import::costs::Costs;
use crate::import::dialect::FirebaseConfig;
use crate::import::file::Format;
use crate::import::progress::{Counts, Progress, rejected_path};
use crate::import::row::Row;
use crate::import::rules::{Looked, Rules};
use crate::import::survey::Survey;
use crate::import::writer::{Mode, Writer};
use crate::output::{Output, escaped, tell};
use crate::question::confirm;
use crate::stop::{Code, Stop};
use crate::target::{Place, Target};

/// An import of one file.
struct Importer<'a> {
    arguments: &'a Import,
    target: &'a Target,
    format: Format,
    rules: Rules,
    now: Timestamp,
}

/// The ids of a file's users so far, of which each has 64 bits: a million take some megabytes.
#[derive(Debug, Default)]
struct Ids(HashSet<u64>);

pub(crate) async fn run(
    arguments: &Import,
    common: &Common,
    target: &Target,
    output: &Output,
    now: Timestamp,
) -> Result<(), Stop> {
    let firebase = arguments.reading.hash_config.as_deref().map(firebase).transpose()?;
    let format = Format { foreign: arguments.reading.format, firebase };
    let rules = Rules::new(arguments, &target.environment, now)?;
    let importer = Importer { arguments, target, format, rules, now };
    if let Some(who) = &arguments.person {
        return importer.try_password(who, output);
    }
    let mut progress = Progress::open(arguments, &target.title)?;
    let survey = importer.survey(&mut progress)?;
    let costs = Costs::measure(&survey, importer.hasher(), importer.rate());
    let lines = format!("{}\n{}", survey.lines(&arguments.file), costs.lines(importer.floor()));
    if common.dry_run {
        let tables = if arguments.against_tables {
            Some(Writer::new(&importer, Mode::Compare, progress, survey.good)?.run().await?)
        } else {
            None
        };
        let compared = tables.as_ref().map(Counts::compared).unwrap_or_default();
        let found = json!({ "survey": survey, "costs": costs, "tables": tables });
        output.answer(&found, &format!("{lines}\n{compared}Nothing was written."));
        return Ok(());
    }
    importer.check(&survey, &costs)?;
    tell(&lines);
    confirm(common, &format!("This imports {} users", survey.good), "yes").await?;
    progress.begin()?;
    let mode = if arguments.again { Mode::Again } else { Mode::Import };
    let counts = Writer::new(&importer, mode, progress, survey.good)?.run().await?;
    output.answer(&json!(counts), &counts.lines(&arguments.file));
    if counts.is_complete() {
        return Ok(());
    }
    let rejected = rejected_path(&arguments.file);
    Err(Stop::new(Code::Findings, format!("some users did not come: see {}", rejected.display())))
}

/// What Firebase's console says of the hashes.
fn firebase(path: &Path) -> Result<FirebaseConfig, Stop> {
    let wrong = |error: String| Stop::new(Code::Usage, format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

impl Importer<'_> {
    const fn hasher(&self) -> &PasswordHasher {
        &self.rules.hasher
    }

    fn rows(&self) -> Result<file::Rows, Stop> {
        file::open(&self.arguments.file, &self.format)
    }

    /// Reads the whole file, and hashes nothing.
    fn survey(&self, progress: &mut Progress) -> Result<Survey, Stop> {
        let (mut survey, mut ids) = (Survey::default(), Ids::default());
        for row in self.rows()? {
            let row = row?;
            match self.look(&row.value, &mut ids) {
                Ok(looked) => survey.count(looked),
                Err(codes) => {
                    survey.reject(&codes);
                    progress.reject(row.line, row.value.external_id().as_deref(), &codes)?;
                }
            }
        }
        Ok(survey)
    }

    /// The user of a row. All that is wrong with it, otherwise; an earlier row may have the same id.
    fn look(&self, row: &Row, ids: &mut Ids) -> Result<Looked, Vec<String>> {
        let looked = self.rules.look(row)?;
        if ids.insert(&looked.user.user_id) { Ok(looked) } else { Err(vec!["duplicate".to_owned()]) }
    }

    /// The rate at which logins keep most of the tables. The database of `make dev` has no limit.
    fn rate(&self) -> u32 {
        let units = self.target.environment.get("TABLE_WRITE_REQUEST_UNITS");
        let default = match &self.target.place {
            Place::Account(_) => units.and_then(|units| units.parse().ok()).unwrap_or(4_000) / 4,
            Place::Local(_) => u32::MAX,
        };
        self.arguments.rate.unwrap_or(default).max(1)
    }

    /// The floor of refused logins that the stack has, in milliseconds.
    fn floor(&self) -> u64 {
        let floor = self.target.environment.get("LOGIN_FLOOR_MILLISECONDS");
        floor.and_then(|floor| floor.parse().ok()).unwrap_or_default()
    }

    /// Refuses an import that the stack cannot verify, or after which the time of a wrong password tells who has an
    /// account.
    fn check(&self, survey: &Survey, costs: &Costs) -> Result<(), Stop> {
        let Place::Account(_) = &self.target.place else { return Ok(()) };
        let deployed = self.target.environment.get("VERSION").unwrap_or_default();
        if deployed != env!("CARGO_PKG_VERSION") {
            let deployed = escaped(deployed);
            let detail = format!("the stack is of version {deployed}: deploy this one first");
            return Err(Stop::new(Code::Refused, detail));
        }
        let is_seen = survey.has_other_forms_than(&self.hasher().form()) && costs.is_too_low(self.floor());
        if is_seen && !self.arguments.accept_timing {
            let detail = format!(
                "set LoginFloorMilliseconds to {} or more first: until these users have logged in once, the time of a \
                 wrong password tells who has an account. --accept-timing imports nevertheless",
                costs.floor
            );
            return Err(Stop::new(Code::Refused, detail));
        }
        if is_seen {
            tell("latchkey: the time of a wrong password will tell who has an account");
        }
        Ok(())
    }
}

impl Ids {
    /// Whether this is the first user with this id.
    fn insert(&mut self, id: &UserId) -> bool {
        let bytes = id.as_str().bytes().take(11);
        let first = bytes.fold(0, |hash: u64, byte| hash.wrapping_mul(64).wrapping_add(u64::from(byte)));
        self.0.insert(first)
    }
}
