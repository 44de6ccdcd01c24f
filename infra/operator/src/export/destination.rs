//! Where an export goes: a file, beside which a note says how far it is written, or standard output.

use std::io::Write;
use std::path::{Path, PathBuf};

use latchkey::account::UserId;
use latchkey::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::files::{beside, is_there, read_note, remove_note, reopen, save_note, sha256, write_private};
use crate::output::{Output, escaped_json, tell};
use crate::stop::{Code, Stop};

/// How far an export is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    /// The stack, as the first line of every command names it.
    stack: String,
    without_hashes: bool,
    begun_at: String,
    /// The user after whom it goes on.
    pub after: Option<UserId>,
    /// The bytes that the file has by then.
    length: u64,
    /// The users in the file.
    pub users: u64,
    /// The users who have asked to be deleted.
    pub deleted: u64,
    /// The ids of users who are not in the file, because their items do not fit together.
    pub errors: Vec<String>,
}

impl Note {
    pub(super) fn new(stack: &str, without_hashes: bool, now: Timestamp) -> Self {
        let (stack, begun_at) = (stack.to_owned(), now.to_rfc3339());
        Self { stack, without_hashes, begun_at, after: None, length: 0, users: 0, deleted: 0, errors: vec![] }
    }
}

/// A file or standard output, and how far it is.
pub(super) struct Destination {
    pub note: Note,
    /// `None` for standard output.
    path: Option<PathBuf>,
    writer: Box<dyn Write>,
}

impl Destination {
    /// Opens the file for an export that begins, or goes on where an earlier one was stopped. `-` is standard output.
    pub(super) fn open(path: &Path, note: Note) -> Result<Self, Stop> {
        if path == Path::new("-") {
            return Ok(Self { note, path: None, writer: Box::new(std::io::stdout()) });
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
        if let Some(folder) = folder {
            return Err(Stop::new(Code::Usage, format!("{} is no folder", folder.display())));
        }
        let earlier = read_note(path)?;
        let taken = [path.to_owned(), beside(path, ".manifest.json")].into_iter().find(|one| is_there(one));
        if let Some(taken) = taken.filter(|_| earlier.is_none()) {
            let detail = format!("{} is there already: choose another name", taken.display());
            return Err(Stop::new(Code::Refused, detail));
        }
        let goes_on = earlier.is_some();
        let note = match earlier {
            Some(earlier) => continued(earlier, &note, path)?,
            None => note,
        };
        let mut destination = Self { note, path: Some(path.to_owned()), writer: Box::new(std::io::sink()) };
        // First the note: a file without one is of someone else.
        destination.save()?;
        destination.writer = Box::new(reopen(path, destination.note.length)?);
        if goes_on {
            tell(&format!("latchkey: going on after {} users", destination.note.users));
        }
        Ok(destination)
    }

    /// Writes a user.
    pub(super) fn write(&mut self, line: &[u8]) -> Result<(), Stop> {
        self.writer.write_all(line).map_err(Stop::failed)?;
        self.note.users += 1;
        self.note.length += line.len() as u64;
        Ok(())
    }

    /// Notes how far the file is written.
    pub(super) fn save(&mut self) -> Result<(), Stop> {
        self.writer.flush().map_err(Stop::failed)?;
        let Some(path) = &self.path else { return Ok(()) };
        save_note(path, &self.note)
    }

    /// Writes the manifest, which says what is in the file and what is not.
    pub(super) fn finish(mut self, output: &Output, now: Timestamp) -> Result<(), Stop> {
        self.writer.flush().map_err(Stop::failed)?;
        let Note { stack, without_hashes, begun_at, users, deleted, errors, .. } = &self.note;
        let sha256 = self.path.as_deref().map(sha256).transpose()?;
        let manifest = json!({
            "format": "latchkey-users/1",
            "stack": stack,
            "without_hashes": without_hashes,
            "begun_at": begun_at,
            "ended_at": now.to_rfc3339(),
            "sha256": sha256,
            "users": users,
            "deleted": deleted,
            "errors": errors,
        });
        let sentence = format!("{users} users exported, {deleted} left out who are being deleted");
        match &self.path {
            Some(path) => {
                write_private(&beside(path, ".manifest.json"), format!("{manifest:#}\n").as_bytes())?;
                remove_note(path)?;
                output.answer(&manifest, &format!("{}: {sentence}", path.display()));
            }
            // Standard output has the users.
            None if output.is_json() => tell(&escaped_json(&manifest)),
            None => tell(&format!("latchkey: {sentence}")),
        }
        if errors.is_empty() {
            return Ok(());
        }
        let ids = errors.iter().take(10).map(|id| format!("id:{id}")).collect::<Vec<_>>().join(", ");
        let detail = format!(
            "{} users are not in it, because their items do not fit together: `latchkey user repair` each, and export \
             again: {ids}",
            errors.len()
        );
        Err(Stop::new(Code::Findings, detail))
    }
}

/// The note of an earlier export, if it is one of the same stack and options.
fn continued(earlier: Note, note: &Note, path: &Path) -> Result<Note, Stop> {
    if earlier.stack == note.stack && earlier.without_hashes == note.without_hashes {
        return Ok(earlier);
    }
    let detail = format!(
        "{} is the beginning of another export, of {}: choose another name, or delete it and its .latchkey",
        path.display(),
        earlier.stack
    );
    Err(Stop::new(Code::Refused, detail))
}
