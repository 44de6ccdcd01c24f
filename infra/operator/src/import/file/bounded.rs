//! A reader with a bound on each row, so that no file fills the memory.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::import::file::LONGEST;

/// How many bytes may be read before the row ends.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<AtomicU64>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }
}

impl Room {
    /// A row begins.
    pub(super) fn make(&self) {
        self.0.store(LONGEST, Ordering::Relaxed);
    }

    /// What follows is no row. No part of it is kept.
    pub(super) fn open(&self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

/// A reader that fails within a row that is too long, so that it never is in memory.
pub(super) struct Bounded<R> {
    pub reader: R,
    pub room: Room,
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
