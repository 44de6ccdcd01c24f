//! What an execution environment remembers of refusals, so that a flood of them costs no calls.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The most entries. After them everything is forgotten, which only costs calls.
const MOST: usize = 1_000;

/// A bounded map, which all clones share.
#[derive(Debug, Clone)]
pub(super) struct Remembered<K, V>(Arc<Mutex<HashMap<K, V>>>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash, V: Copy> Remembered<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    pub(super) fn insert(&self, key: K, value: V) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(key, value);
    }
}
