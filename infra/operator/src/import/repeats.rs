//! The ids and names that more than one user of a file has.
//!
//! Not all of them are in memory as texts: of each there are 64 bits of its hash, and only until those that are there
//! twice are known.

use std::collections::HashSet;

use latchkey::account::{Identifier, User};
use sha2::{Digest as _, Sha256};

use crate::stop::Stop;

/// The hashes of what is there more than once.
#[derive(Debug, Default)]
pub(super) struct Repeats(HashSet<u64>);

/// What has been there so far, of what is there more than once.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    repeats: &'a Repeats,
    seen: HashSet<u64>,
}

impl Repeats {
    /// Those of these users.
    pub(super) fn of(users: impl Iterator<Item = Result<User, Stop>>) -> Result<Self, Stop> {
        let mut hashes = Vec::new();
        for user in users {
            let user = user?;
            hashes.push(hash(user.user_id.as_str()));
            hashes.extend(user.identifiers().iter().map(|name| hash(name.as_str())));
        }
        hashes.sort_unstable();
        let twice = hashes.array_windows().filter(|[one, next]| one == next);
        Ok(Self(twice.map(|[one, _]| *one).collect()))
    }

    pub(super) fn seen(&self) -> Seen<'_> {
        Seen { repeats: self, seen: HashSet::new() }
    }
}

impl Seen<'_> {
    /// Whether no earlier user has the id.
    pub(super) fn is_new_id(&mut self, user: &User) -> bool {
        self.is_new(user.user_id.as_str())
    }

    /// The same of a name.
    pub(super) fn is_new_name(&mut self, name: &Identifier) -> bool {
        self.is_new(name.as_str())
    }

    fn is_new(&mut self, text: &str) -> bool {
        let hash = hash(text);
        !self.repeats.0.contains(&hash) || self.seen.insert(hash)
    }
}

fn hash(text: &str) -> u64 {
    Sha256::digest(text).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
