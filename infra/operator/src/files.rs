//! The files that a command writes, and the notes beside them of how far it is.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::stop::{Code, Stop};

/// The path with this end.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Creates an empty file, or empties it. Only its owner may read a new one.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &Path, text: &[u8]) -> Result<(), Stop> {
    let written = create_private(path).and_then(|mut file| file.write_all(text));
    written.map_err(|error| failed(path, &error))
}

/// Opens a file that a command goes on with, cut to the length that it had by its note.
pub(crate) fn reopen(path: &Path, length: u64) -> Result<File, Stop> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    let mut file = file.map_err(|error| failed(path, &error))?;
    if file.metadata().map_err(|error| failed(path, &error))?.len() < length {
        let detail = format!("{} has been changed: delete it and its .latchkey", path.display());
        return Err(Stop::new(Code::Refused, detail));
    }
    let cut = file.set_len(length).and_then(|()| file.seek(SeekFrom::End(0)));
    cut.map(|_| file).map_err(|error| failed(path, &error))
}

/// Reads the note beside a file. `None` if there is none.
pub(crate) fn read_note<T: DeserializeOwned>(of: &Path) -> Result<Option<T>, Stop> {
    let path = note(of);
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| Stop::failed(format!("{}: {error}. Delete it to begin again", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&path, &error)),
    }
}

/// Writes the note beside a file, whole or not at all.
pub(crate) fn save_note(of: &Path, text: &impl Serialize) -> Result<(), Stop> {
    let (path, next) = (note(of), beside(of, ".latchkey.next"));
    write_private(&next, &serde_json::to_vec(text).map_err(Stop::failed)?)?;
    std::fs::rename(&next, &path).map_err(|error| failed(&path, &error))
}

/// Removes the note beside a file, because the command is at its end.
pub(crate) fn remove_note(of: &Path) -> Result<(), Stop> {
    std::fs::remove_file(note(of)).map_err(|error| failed(&note(of), &error))
}

fn note(of: &Path) -> PathBuf {
    beside(of, ".latchkey")
}

fn failed(path: &Path, error: &io::Error) -> Stop {
    Stop::failed(format!("{}: {error}", path.display()))
}
