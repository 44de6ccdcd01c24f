//! The users of a file, one after the other: CSV (RFC 4180, with a header), a JSON object a line, or the array `users`
//! of one JSON object. None of them is in memory as a whole.

mod bounded;
mod object;

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use csv::ReaderBuilder;
use serde_json::Value;

use crate::import::dialect::FirebaseConfig;
use crate::import::file::bounded::{Bounded, Room};
use crate::import::file::object::object;
use crate::import::foreign::Foreign;
use crate::import::row::Row;
use crate::output::escaped;
use crate::stop::{Code, Stop};

/// The longest row, in bytes. A longer one is no user, but for example a quote without an end.
const LONGEST: u64 = 64 * 1024;
/// Windows' programs write it at the beginning of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A user of the file.
pub(super) struct Numbered {
    /// The line, from 1. In one JSON object it is the number of the user.
    pub line: u64,
    /// What it says, or why it is none.
    pub value: Result<Row, &'static str>,
}

impl Numbered {
    /// The id in the other system, as it is.
    pub(super) fn external_id(&self) -> Option<String> {
        self.value.as_ref().ok().and_then(Row::external_id)
    }
}

/// The users of a file.
pub(super) type Rows = Box<dyn Iterator<Item = Result<Numbered, Stop>>>;

/// What a file is.
#[derive(Debug, Clone, Default)]
pub(super) struct Format {
    /// Without it, the file has the columns of the documentation.
    pub foreign: Option<Foreign>,
    pub firebase: Option<FirebaseConfig>,
}

/// Opens a file. Without another format, its name says which one it has.
pub(super) fn open(path: &Path, format: &Format) -> Result<Rows, Stop> {
    let wrong = |detail: &str| Stop::new(Code::Usage, format!("{}: {detail}", path.display()));
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase();
    let file = File::open(path).map_err(|error| wrong(&error.to_string()))?;
    let unknown = "its name must end with .csv, .ndjson or .jsonl, or --format must say what it is";
    let shape = Shape::of(format.foreign, &end).ok_or_else(|| wrong(unknown))?;
    read(BufReader::new(file), shape, format)
}

/// How the users are in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Csv,
    /// A JSON object a line.
    Lines,
    /// The array `users` of one JSON object.
    Object,
}

impl Shape {
    /// That of an export of another system, or of a file whose name ends so.
    pub(super) fn of(foreign: Option<Foreign>, end: &str) -> Option<Self> {
        match (foreign, end) {
            (Some(foreign), _) if foreign.is_one_object() => Some(Self::Object),
            (Some(_), _) | (None, "ndjson" | "jsonl") => Some(Self::Lines),
            (None, "csv") => Some(Self::Csv),
            (None, _) => None,
        }
    }
}

/// Reads the users of a file.
pub(super) fn read(
    mut reader: impl BufRead + Send + 'static,
    shape: Shape,
    format: &Format,
) -> Result<Rows, Stop> {
    let format = format.clone();
    let begins = reader.fill_buf().map_err(|error| wrong_at(1, &error.to_string()))?;
    if begins.starts_with(BYTE_ORDER_MARK) {
        reader.consume(BYTE_ORDER_MARK.len());
    }
    let of_foreign = move |foreign: Foreign, user: &Value| foreign.row(user, format.firebase.as_ref());
    Ok(match (shape, format.foreign) {
        (Shape::Csv, _) => csv(reader)?,
        (Shape::Lines, Some(foreign)) => Box::new(lines(reader).map(move |(text, line)| {
            let user = serde_json::from_slice::<Value>(&text?).map(|user| of_foreign(foreign, &user));
            Ok(Numbered { line, value: user.map_err(|_| MALFORMED) })
        })),
        (Shape::Lines, None) => Box::new(lines(reader).map(|(text, line)| of_line(&text?, line))),
        (Shape::Object, foreign) => Box::new(object(reader).zip(1..).map(move |(user, line)| {
            let user = user.map_err(|error| {
                let wanted = "--format wants a JSON object with the array `users`";
                Stop::new(Code::Usage, format!("user {line}: {error}: {wanted}. The file is refused"))
            })?;
            let row = foreign.map(|foreign| of_foreign(foreign, &user));
            Ok(Numbered { line, value: row.ok_or(MALFORMED) })
        })),
    })
}

/// A row whose text is no user.
const MALFORMED: &str = "malformed";

/// A row of a line of JSON. A member that is unknown is one of all rows, most often.
fn of_line(text: &[u8], line: u64) -> Result<Numbered, Stop> {
    let value = match serde_json::from_slice(text) {
        Err(error) if error.is_data() && error.to_string().starts_with("unknown field") => {
            return Err(wrong_at(line, &error.to_string()));
        }
        other => other.map_err(|_| MALFORMED),
    };
    Ok(Numbered { line, value })
}

fn wrong_at(line: u64, detail: &str) -> Stop {
    Stop::new(Code::Usage, format!("line {line}: {detail}. The file is refused"))
}

fn csv(mut file: impl BufRead + 'static) -> Result<Rows, Stop> {
    let first = file.fill_buf().map_err(|error| wrong_at(1, &error.to_string()))?;
    let end = first.iter().position(|byte| *byte == b'\n').unwrap_or_default();
    // With two characters at the end of a line, the reader is one line behind.
    let behind = u64::from(end > 0 && first.get(end - 1) == Some(&b'\r'));
    let room = Room::default();
    room.make();
    let mut reader = ReaderBuilder::new().from_reader(Bounded { reader: file, room: room.clone() });
    let header = reader.headers().map_err(|error| wrong_at(1, &error.to_string()))?.clone();
    let is_twice = |column: &str| header.iter().filter(|other| *other == column).count() > 1;
    if let Some(twice) = header.iter().find(|column| is_twice(column)) {
        return Err(wrong_at(1, &format!("the column {} is there twice", escaped(twice))));
    }
    let mut last = 1;
    if let Some(unknown) = header.iter().find(|column| !Row::COLUMNS.contains(column)) {
        let (unknown, known) = (escaped(unknown), Row::COLUMNS.join(", "));
        let detail = format!("the column {unknown} is unknown. Separated by commas, there may be {known}");
        return Err(wrong_at(1, &detail));
    }
    Ok(Box::new(reader.into_records().map(move |record| {
        room.make();
        let line = match &record {
            Ok(record) => record.position().map_or(0, csv::Position::line) + behind,
            Err(error) => error.position().map_or(last + 1, |position| position.line() + behind),
        };
        last = line;
        match record {
            Err(error) if error.is_io_error() => Err(wrong_at(line, &error.to_string())),
            Err(_) => Ok(Numbered { line, value: Err(MALFORMED) }),
            Ok(record) => {
                // As texts: the reader would take the id 007 for the number 7.
                let texts = record.iter().map(|text| Value::String(text.to_owned()));
                let row = header.iter().map(str::to_owned).zip(texts).collect();
                let value = serde_json::from_value(Value::Object(row)).map_err(|_| MALFORMED);
                Ok(Numbered { line, value })
            }
        }
    })))
}

/// The lines of a file with their numbers, without empty ones.
fn lines(mut file: impl BufRead + 'static) -> impl Iterator<Item = (Result<Vec<u8>, Stop>, u64)> {
    let read = move |line: u64| {
        let mut text = Vec::new();
        match file.by_ref().take(LONGEST).read_until(b'\n', &mut text) {
            Ok(0) => None,
            Ok(_) if text.len() as u64 == LONGEST => Some((Err(wrong_at(line, "it is too long")), line)),
            Ok(_) => Some((Ok(text), line)),
            Err(error) => Some((Err(wrong_at(line, &error.to_string())), line)),
        }
    };
    let is_empty =
        |text: &Result<Vec<u8>, Stop>| text.as_ref().is_ok_and(|text| text.trim_ascii().is_empty());
    (1..).map_while(read).filter(move |(text, _)| !is_empty(text))
}
