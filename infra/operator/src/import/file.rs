//! The lines of a file, one after the other: CSV (RFC 4180, with a header), or a JSON object a line.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord};

use crate::import::row::Row;
use crate::output::escaped;
use crate::stop::{Code, Stop};

/// The longest line of JSON, in bytes. A longer one is no user.
const LONGEST: usize = 64 * 1024;

/// A line of the file.
pub(super) struct Numbered {
    /// Its number, from 1.
    pub line: u64,
    pub value: Row,
}

/// The rows of a file.
pub(super) enum Rows {
    Csv {
        reader: Box<Reader<BufReader<File>>>,
        header: StringRecord,
        record: StringRecord,
        /// With two characters at the end of a line, the reader is one behind.
        behind: u64,
    },
    Json {
        lines: Lines<BufReader<File>>,
        line: u64,
    },
}

impl Rows {
    /// Opens a file, whose name ends with `.csv`, or with `.ndjson` or `.jsonl`.
    pub(super) fn open(path: &Path) -> Result<Self, Stop> {
        let wrong = |detail: String| {
            Stop::new(Code::Usage, format!("{}: {detail}", escaped(&path.display().to_string())))
        };
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase();
        let file = BufReader::new(File::open(path).map_err(|error| wrong(error.to_string()))?);
        match &*end {
            "csv" => {
                let mut file = file;
                let first = file.fill_buf().map_err(|error| wrong(error.to_string()))?;
                let end = first.iter().position(|byte| *byte == b'\n').unwrap_or_default();
                let behind = u64::from(end > 0 && first.get(end - 1) == Some(&b'\r'));
                let mut reader = Box::new(ReaderBuilder::new().from_reader(file));
                let header = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
                for column in &header {
                    if !Row::COLUMNS.contains(&column) {
                        return Err(wrong(format!("the column {} is unknown", escaped(column))));
                    }
                }
                Ok(Self::Csv { reader, header, record: StringRecord::new(), behind })
            }
            "ndjson" | "jsonl" => Ok(Self::Json { lines: file.lines(), line: 0 }),
            _ => Err(wrong("its name must end with .csv, .ndjson or .jsonl".to_owned())),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Numbered, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        let wrong = |line: u64, detail: &str| {
            Stop::new(Code::Usage, format!("line {line}: {}. Nothing of it was imported", escaped(detail)))
        };
        match self {
            Self::Csv { reader, header, record, behind } => {
                let line = reader.position().line();
                match reader.read_record(record) {
                    Ok(false) => None,
                    Ok(true) => {
                        let line = record.position().map_or(line, csv::Position::line) + *behind;
                        let row =
                            record.deserialize(Some(header)).map_err(|error| wrong(line, &error.to_string()));
                        Some(row.map(|value| Numbered { line, value }))
                    }
                    Err(error) => Some(Err(wrong(line, &error.to_string()))),
                }
            }
            Self::Json { lines, line } => {
                *line += 1;
                let text = match lines.next()? {
                    Ok(text) if text.len() > LONGEST => return Some(Err(wrong(*line, "it is too long"))),
                    Ok(text) => text,
                    Err(error) => return Some(Err(wrong(*line, &error.to_string()))),
                };
                let row = serde_json::from_str(&text).map_err(|error| wrong(*line, &error.to_string()));
                Some(row.map(|value| Numbered { line: *line, value }))
            }
        }
    }
}
