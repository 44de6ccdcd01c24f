//! The users of a file, one after the other: CSV (RFC 4180, with a header), a JSON object a line, or the array `users`
//! of one JSON object. None of them is in memory as a whole.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use csv::ReaderBuilder;
use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::import::dialect::FirebaseConfig;
use crate::import::foreign::Foreign;
use crate::import::row::Row;
use crate::output::escaped;
use crate::stop::{Code, Stop};

/// The longest row, in bytes. A longer one is no user, but for example a quote without an end.
const LONGEST: u64 = 64 * 1024;
/// How many users a thread reads ahead.
const AHEAD: usize = 100;

/// A user of the file.
pub(super) struct Numbered {
    /// The line, from 1. In one JSON object it is the number of the user.
    pub line: u64,
    pub value: Row,
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
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase();
    let file = BufReader::new(File::open(path).map_err(|error| wrong(path, &error.to_string()))?);
    let format = format.clone();
    match format.foreign {
        Some(foreign) if foreign.is_one_object() => {
            Ok(Box::new(object(file).zip(1..).map(move |(user, line)| {
                let user = user.map_err(|error| wrong_at(line, &error))?;
                Ok(Numbered { line, value: foreign.row(&user, format.firebase.as_ref()) })
            })))
        }
        Some(foreign) => Ok(Box::new(lines(file).map(move |(text, line)| {
            let user = serde_json::from_slice(&text?).map_err(|error| wrong_at(line, &error.to_string()))?;
            Ok(Numbered { line, value: foreign.row(&user, None) })
        }))),
        None if end == "csv" => csv(path, file),
        None if end == "ndjson" || end == "jsonl" => Ok(Box::new(lines(file).map(|(text, line)| {
            let value = serde_json::from_slice(&text?).map_err(|error| wrong_at(line, &error.to_string()))?;
            Ok(Numbered { line, value })
        }))),
        None => Err(wrong(path, "its name must end with .csv, .ndjson or .jsonl")),
    }
}

fn wrong(path: &Path, detail: &str) -> Stop {
    Stop::new(Code::Usage, format!("{}: {detail}", path.display()))
}

fn wrong_at(line: u64, detail: &str) -> Stop {
    Stop::new(Code::Usage, format!("line {line}: {detail}. The file is refused"))
}

fn csv(path: &Path, mut file: BufReader<File>) -> Result<Rows, Stop> {
    let first = file.fill_buf().map_err(|error| wrong(path, &error.to_string()))?;
    let end = first.iter().position(|byte| *byte == b'\n').unwrap_or_default();
    // With two characters at the end of a line, the reader is one line behind.
    let behind = u64::from(end > 0 && first.get(end - 1) == Some(&b'\r'));
    let room = Room::default();
    room.make();
    let mut reader = ReaderBuilder::new().from_reader(Bounded { reader: file, room: room.clone() });
    let header = reader.headers().map_err(|error| wrong(path, &error.to_string()))?.clone();
    let mut last = 1;
    if let Some(unknown) = header.iter().find(|column| !Row::COLUMNS.contains(column)) {
        return Err(wrong(path, &format!("the column {} is unknown", escaped(unknown))));
    }
    Ok(Box::new(reader.into_records().map(move |record| {
        room.make();
        let record = record.map_err(|error| {
            let line = error.position().map_or(last + 1, csv::Position::line);
            wrong_at(line, &error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line) + behind;
        last = line;
        let row = record.deserialize(Some(&header)).map_err(|error| wrong_at(line, &error.to_string()));
        row.map(|value| Numbered { line, value })
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

/// The elements of the array `users`. A thread reads them, and waits while no one takes them.
fn object(file: BufReader<File>) -> impl Iterator<Item = Result<Value, String>> {
    let (sender, receiver) = sync_channel(AHEAD);
    let room = Room::default();
    std::thread::spawn(move || {
        let bounded = Bounded { reader: file, room: room.clone() };
        let users = Users { sender: sender.clone(), room };
        let read = serde_json::Deserializer::from_reader(bounded).deserialize_map(users);
        if let Err(error) = read {
            // If no one listens any more, the import has ended.
            let _ = sender.send(Err(error.to_string()));
        }
    });
    receiver.into_iter()
}

/// How many bytes may be read before the row ends.
#[derive(Debug, Clone)]
struct Room(Arc<AtomicU64>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }
}

impl Room {
    /// A row begins.
    fn make(&self) {
        self.0.store(LONGEST, Ordering::Relaxed);
    }

    /// What follows is no row. No part of it is kept.
    fn open(&self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

/// A reader that fails within a row that is too long, so that it never is in memory.
struct Bounded<R> {
    reader: R,
    room: Room,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = self.room.0.load(Ordering::Relaxed);
        if room == 0 {
            return Err(io::Error::other("a row is too long; perhaps the end of a quote is missing"));
        }
        let most = buffer.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let read = self.reader.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.room.0.store(room - read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Sends the elements of `users`.
struct Users {
    sender: SyncSender<Result<Value, String>>,
    room: Room,
}

impl<'de> Visitor<'de> for Users {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with the array `users`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut has_users = false;
        loop {
            self.room.make();
            let Some(name) = map.next_key::<String>()? else { break };
            self.room.open();
            if name == "users" {
                has_users = true;
                map.next_value_seed(Elements(&self))?;
                self.room.open();
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if has_users { Ok(()) } else { Err(A::Error::custom("it has no array `users`")) }
    }
}

struct Elements<'a>(&'a Users);

impl<'de> serde::de::DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        loop {
            self.0.room.make();
            let Some(user) = elements.next_element()? else { return Ok(()) };
            self.0.sender.send(Ok(user)).map_err(|_| A::Error::custom("no one reads it"))?;
        }
    }
}
