//! `latchkey import`: users of another system, with the hashes that they have.
//!
//! It reads the file three times. First it finds what is there twice. Then it looks at all, so that it can say what
//! will happen, and refuses what would be unsafe. At last it writes, many users in one transaction. A user's id follows
//! from the id in the other system, so it can be stopped and run again: who is there already is left as they are.

mod costs;
mod dialect;
mod file;
mod foreign;
mod look;
mod progress;
mod repeats;
mod row;
mod rules;
mod survey;
mod trial;
mod writer;

use std::path::Path;

use latchkey::password::PasswordHasher;
use latchkey::time::Timestamp;
use serde_json::json;

pub(crate) use self::foreign::Foreign;
pub use self::look::{LookedAt, look_at};

use crate::arguments::Common;
use crate::arguments::moving::Import;
use crate::import::costs::Costs;
use crate::import::dialect::FirebaseConfig;
use crate::import::file::{Format, Numbered};
use crate::import::look::look;
use crate::import::progress::{Counts, Progress, rejected_path};
use crate::import::repeats::{Repeats, Seen};
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
    repeats: Repeats,
    now: Timestamp,
}

pub(crate) async fn run(
    arguments: &Import,
    common: &Common,
    target: &Target,
    output: &Output,
    now: Timestamp,
) -> Result<(), Stop> {
    let firebase = arguments.reading.hash_config.as_deref().map(firebase).transpose()?;
    let format = Format { foreign: arguments.reading.format, firebase };
    let source = arguments.source.clone();
    let rules = Rules::new(source, &arguments.reading, &target.environment, now)?;
    let mut importer = Importer { arguments, target, format, rules, repeats: Repeats::default(), now };
    if let Some(who) = &arguments.person {
        return importer.try_password(who, output);
    }
    let mut progress = Progress::open(arguments, &target.title)?;
    importer.repeats = importer.repeats()?;
    let survey = importer.survey(&mut progress)?;
    if survey.good + survey.rejected == 0 {
        return Err(Stop::new(Code::Usage, format!("{} has no users", arguments.file.display())));
    }
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
        // It ends as the import would.
        let is_complete = survey.rejected == 0 && tables.is_none_or(|counts| counts.is_complete());
        return if is_complete { Ok(()) } else { Err(importer.incomplete("cannot come")) };
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
    if counts.imported == 0 && counts.taken > 0 {
        tell("latchkey: perhaps these users are there already, under another --source");
    }
    Err(importer.incomplete("did not come"))
}

/// What Firebase's console says of the hashes.
fn firebase(path: &Path) -> Result<FirebaseConfig, Stop> {
    let wrong = |error: String| Stop::new(Code::Usage, format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let wanted =
        r#"write it as {"base64_signer_key":"…","base64_salt_separator":"…","rounds":8,"mem_cost":14}"#;
    serde_json::from_str(&text).map_err(|error| wrong(format!("{error}: {wanted}")))
}

impl Importer<'_> {
    /// The end of an import of which some users are left out.
    fn incomplete(&self, what: &str) -> Stop {
        let rejected = rejected_path(&self.arguments.file);
        Stop::new(Code::Findings, format!("some users {what}: see {}", rejected.display()))
    }

    const fn hasher(&self) -> &PasswordHasher {
        &self.rules.hasher
    }

    fn rows(&self) -> Result<file::Rows, Stop> {
        file::open(&self.arguments.file, &self.format)
    }

    /// Reads the whole file, and hashes nothing. It finds the names that two users have; an import finds the second one
    /// in the tables.
    fn survey(&self, progress: &mut Progress) -> Result<Survey, Stop> {
        let (mut survey, mut seen) = (Survey::default(), self.repeats.seen());
        for row in self.rows()? {
            let row = row?;
            match self.look_at_names(&row, &mut seen) {
                Ok(looked) => survey.count(looked),
                Err(codes) => {
                    survey.reject(&codes);
                    progress.reject(row.line, row.external_id().as_deref(), &codes)?;
                }
            }
        }
        Ok(survey)
    }

    fn look(&self, row: &Numbered, seen: &mut Seen<'_>) -> Result<Looked, Vec<String>> {
        look(row, &self.rules, seen)
    }

    /// The same of a user whose names no earlier row has.
    fn look_at_names(&self, row: &Numbered, seen: &mut Seen<'_>) -> Result<Looked, Vec<String>> {
        let looked = self.look(row, seen)?;
        let [username, email] = looked.user.identifiers().map(|name| !seen.is_new_name(&name));
        let codes = taken(username, email);
        if codes.is_empty() { Ok(looked) } else { Err(codes) }
    }

    /// Reads the whole file for what is there twice.
    fn repeats(&self) -> Result<Repeats, Stop> {
        Repeats::of(self.rows()?.filter_map(|row| match row {
            Ok(row) => self.rules.look(&row.value.ok()?).ok().map(|looked| Ok(looked.user)),
            Err(stop) => Some(Err(stop)),
        }))
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

/// What is wrong with a user whose names are taken.
fn taken(username: bool, email: bool) -> Vec<String> {
    let taken = [("username: taken", username), ("email: taken", email)];
    taken.into_iter().filter(|(_, is)| *is).map(|(code, _)| code.to_owned()).collect()
}
