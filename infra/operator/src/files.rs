//! The files that a command writes, and the notes beside them of how far it is.
//!
//! They have hashes or ids of users, and may be in a folder in which others write. So a command follows no link, and
//! goes on only with files that are its user's own.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use nix::fcntl::OFlag;
use nix::unistd::geteuid;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::stop::{Code, Stop};

/// What all but the owner of a file may do.
const OTHERS: u32 = 0o077;

/// The path with this end.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Creates a file that only its owner may read. It fails if there is one.
fn create_new(path: &Path) -> Result<File, Stop> {
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
    file.map_err(|error| failed(path, &error))
}

/// The same in place of an earlier file, or of a link.
pub(crate) fn create_again(path: &Path) -> Result<File, Stop> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path, &error)),
        _ => create_new(path),
    }
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &Path, text: &[u8]) -> Result<(), Stop> {
    create_again(path)?.write_all(text).map_err(|error| failed(path, &error))
}

/// Opens a file that a command goes on with, cut to the length that it had by its note.
pub(crate) fn reopen(path: &Path, length: u64) -> Result<File, Stop> {
    // The command was stopped before it created the file.
    if length == 0 && !is_there(path) {
        return create_new(path);
    }
    let mut file = open_own(path, OpenOptions::new().write(true))?;
    if file.metadata().map_err(|error| failed(path, &error))?.len() < length {
        let detail = format!("{} has been changed: delete it and its .latchkey", path.display());
        return Err(Stop::new(Code::Refused, detail));
    }
    let cut = file.set_len(length).and_then(|()| file.seek(SeekFrom::End(0)));
    cut.map(|_| file).map_err(|error| failed(path, &error))
}

/// Opens a file of this user, which no one else may read or write. A link is none.
fn open_own(path: &Path, options: &mut OpenOptions) -> Result<File, Stop> {
    let file = options.custom_flags(OFlag::O_NOFOLLOW.bits()).open(path);
    let file = file.map_err(|error| failed(path, &error))?;
    let metadata = file.metadata().map_err(|error| failed(path, &error))?;
    let is_own = metadata.is_file() && metadata.uid() == geteuid().as_raw() && metadata.mode() & OTHERS == 0;
    if is_own {
        return Ok(file);
    }
    let detail = format!("{} is not yours alone: look who wrote it, and delete it", path.display());
    Err(Stop::new(Code::Refused, detail))
}

/// Reads the note beside a file. `None` if there is none.
pub(crate) fn read_note<T: DeserializeOwned>(of: &Path) -> Result<Option<T>, Stop> {
    let path = note(of);
    if !is_there(&path) {
        return Ok(None);
    }
    let mut text = Vec::new();
    let mut file = open_own(&path, OpenOptions::new().read(true))?;
    file.read_to_end(&mut text).map_err(|error| failed(&path, &error))?;
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| Stop::failed(format!("{}: {error}. Delete it to begin again", path.display())))
}

/// Whether a path is taken, also by a link that leads nowhere.
pub(crate) fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Writes the note beside a file, whole or not at all.
pub(crate) fn save_note(of: &Path, text: &impl Serialize) -> Result<(), Stop> {
    let (path, next) = (note(of), beside(of, ".latchkey.next"));
    write_private(&next, &serde_json::to_vec(text).map_err(Stop::failed)?)?;
    std::fs::rename(&next, &path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let detail = format!("another command is at work with {}: let it end", of.display());
            Stop::new(Code::Refused, detail)
        }
        _ => failed(&path, &error),
    })
}

/// Removes the note beside a file, because the command is at its end.
pub(crate) fn remove_note(of: &Path) -> Result<(), Stop> {
    std::fs::remove_file(note(of)).map_err(|error| failed(&note(of), &error))
}

/// The SHA-256 of a file, in hexadecimal digits.
pub(crate) fn sha256(path: &Path) -> Result<String, Stop> {
    let mut file = BufReader::new(File::open(path).map_err(|error| failed(path, &error))?);
    let mut hash = Sha256::new();
    loop {
        let bytes = file.fill_buf().map_err(|error| failed(path, &error))?;
        if bytes.is_empty() {
            return Ok(HEXLOWER.encode(&hash.finalize()));
        }
        hash.update(bytes);
        let length = bytes.len();
        file.consume(length);
    }
}

fn note(of: &Path) -> PathBuf {
    beside(of, ".latchkey")
}

fn failed(path: &Path, error: &io::Error) -> Stop {
    Stop::failed(format!("{}: {error}", path.display()))
}
