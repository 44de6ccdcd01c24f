//! How far an import is: a note beside the file, and the file of those who cannot come.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::arguments::moving::Import;
use crate::files::{beside, create_again, read_note, remove_note, reopen, save_note, sha256};
use crate::output::{escaped_json, tell};
use crate::stop::{Code, Stop};

/// What has become of the users of a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    pub imported: u64,
    /// Who was there, and has the newer hash now.
    pub updated: u64,
    pub already: u64,
    pub taken: u64,
    pub rejected: u64,
}

/// How far an import is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Note {
    /// The stack, the file and the options. Another import begins at the first row.
    import: String,
    /// The number of rows about which all is decided.
    rows: u64,
    /// The bytes that the file of the rejected ones has by then.
    rejected: u64,
    counts: Counts,
}

/// An import under way.
pub(super) struct Progress {
    path: PathBuf,
    note: Note,
    /// `None` while it looks at a file whose import was stopped, which has the rejected ones of then.
    rejected: Option<File>,
}

/// The file with those who cannot come.
pub(super) fn rejected_path(path: &Path) -> PathBuf {
    beside(path, ".rejected.ndjson")
}

impl Progress {
    /// An import that begins, or that goes on where an earlier one of the same file was stopped.
    pub(super) fn open(arguments: &Import, stack: &str) -> Result<Self, Stop> {
        let path = arguments.file.clone();
        let import = identity(arguments, stack)?;
        let earlier = read_note::<Note>(&path)?.filter(|note| note.import == import);
        if let Some(note) = earlier {
            tell(&format!("latchkey: an import of this file was stopped after {} rows", note.rows));
            return Ok(Self { path, note, rejected: None });
        }
        let rejected = Some(create_again(&rejected_path(&path))?);
        Ok(Self { path, note: Note { import, ..Note::default() }, rejected })
    }

    /// Begins to write. What the look has rejected, the last reading rejects again.
    pub(super) fn begin(&mut self) -> Result<(), Stop> {
        self.rejected = Some(reopen(&rejected_path(&self.path), self.note.rejected)?);
        Ok(())
    }

    /// What has become of the users so far.
    pub(super) const fn counts(&mut self) -> &mut Counts {
        &mut self.note.counts
    }

    /// The number of rows about which all is decided.
    pub(super) const fn rows(&self) -> u64 {
        self.note.rows
    }

    /// Writes down what is wrong with a row: no hash and no address.
    pub(super) fn reject(
        &mut self,
        line: u64,
        external_id: Option<&str>,
        codes: &[String],
    ) -> Result<(), Stop> {
        let Some(file) = &mut self.rejected else { return Ok(()) };
        let line = json!({ "line": line, "external_id": external_id, "codes": codes });
        writeln!(file, "{}", escaped_json(&line)).map_err(Stop::failed)
    }

    /// Notes that all is decided about this number of rows. The tables are never behind the note.
    pub(super) fn save(&mut self, rows: u64) -> Result<(), Stop> {
        let Some(file) = &mut self.rejected else { return Ok(()) };
        self.note.rejected = file.stream_position().map_err(Stop::failed)?;
        self.note.rows = rows;
        save_note(&self.path, &self.note)
    }

    /// Ends: what has become of the users.
    pub(super) fn end(self) -> Result<Counts, Stop> {
        remove_note(&self.path)?;
        Ok(self.note.counts)
    }
}

/// What tells one import from another: the stack, the file as it is, and how it is read.
fn identity(arguments: &Import, stack: &str) -> Result<String, Stop> {
    let Import { file, source, reading, again, .. } = arguments;
    let hash = sha256(file).map_err(|stop| Stop { code: Code::Usage, ..stop })?;
    Ok(format!("{stack} {hash} {source:?} {reading:?} {again}"))
}

impl Counts {
    pub(super) const fn is_complete(&self) -> bool {
        self.taken == 0 && self.rejected == 0
    }

    pub(super) fn lines(&self, file: &Path) -> String {
        let Self { imported, updated, already, taken, rejected } = self;
        format!(
            "{}: {imported} imported, {updated} updated, {already} there already, {taken} taken, {rejected} rejected",
            file.display()
        )
    }

    /// The same of a look at the tables.
    pub(super) fn compared(&self) -> String {
        let Self { imported, updated, already, taken, .. } = self;
        format!(
            "in the tables: {imported} are not there, {updated} get a newer hash, {already} are there already, {taken} \
             have a name that another user has\n"
        )
    }
}
