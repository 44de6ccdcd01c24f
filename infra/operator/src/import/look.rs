//! What a row becomes, before a table is read.

use std::io::Cursor;

use clap::ValueEnum as _;
use latchkey::account::User;
use latchkey::config::Environment;
use latchkey::time::Timestamp;

use crate::arguments::moving::Reading;
use crate::import::dialect::FirebaseConfig;
use crate::import::file::{self, Format, Numbered, Shape};
use crate::import::foreign::Foreign;
use crate::import::repeats::{Repeats, Seen};
use crate::import::rules::{Looked, Rules};

/// The users of a file, or what is wrong with each: all that is decided before a table is read. `None` if the file is
/// refused. The format is `csv`, `ndjson` or a value of `--format`. For the fuzz targets, which know the rules of the
/// documentation a second time.
#[must_use]
pub fn look_at(file: Vec<u8>, format: &str, now: Timestamp) -> Option<Vec<LookedAt>> {
    let foreign = Foreign::from_str(format, false).ok();
    let firebase = FirebaseConfig {
        signer_key: "A".repeat(44),
        salt_separator: "Bw==".to_owned(),
        rounds: 8,
        memory_cost: 14,
    };
    let shape = Shape::of(foreign, format)?;
    let rows = file::read(Cursor::new(file), shape, &Format { foreign, firebase: Some(firebase) }).ok()?;
    let (source, reading) = (Some("fuzz".to_owned()), Reading::default());
    let rules = Rules::new(source, &reading, &Environment::new([]), now).ok()?;
    let rows: Vec<Numbered> = rows.collect::<Result<_, _>>().ok()?;
    let users = rows.iter().filter_map(|row| rules.look(row.value.as_ref().ok()?).ok());
    let repeats = Repeats::of(users.map(|looked| Ok(looked.user))).ok()?;
    let mut seen = repeats.seen();
    let looked = rows.iter().map(|row| look(row, &rules, &mut seen));
    Some(looked.map(|looked| looked.map(|looked| (looked.user, looked.hash))).collect())
}

/// A user and the hash, which may be weak, or all that is wrong with a row.
pub type LookedAt = Result<(User, Option<String>), Vec<String>>;

/// The user of a row. All that is wrong with it, otherwise; an earlier row may have the same id.
pub(super) fn look(row: &Numbered, rules: &Rules, seen: &mut Seen<'_>) -> Result<Looked, Vec<String>> {
    let row = row.value.as_ref().map_err(|code| vec![(*code).to_owned()])?;
    let looked = rules.look(row)?;
    if seen.is_new_id(&looked.user) { Ok(looked) } else { Err(vec!["duplicate".to_owned()]) }
}
