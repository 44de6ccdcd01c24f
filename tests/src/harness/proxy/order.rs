//! The order in which a test lets concurrent calls be applied.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::sync::{MutexGuard, Notify};

/// The operations that are applied in order. All others pass at any time.
#[derive(Debug, Default)]
pub struct Order {
    remaining: Mutex<VecDeque<&'static str>>,
    /// Held by the operation that is being applied.
    applying: tokio::sync::Mutex<()>,
    changed: Notify,
}

impl Order {
    /// Sets the order.
    pub fn set(&self, operations: &[&'static str]) {
        *self.remaining.lock().expect("a lock") = operations.iter().copied().collect();
        self.changed.notify_waiters();
    }

    /// The operations that have not been applied yet.
    pub fn remaining(&self) -> Vec<&'static str> {
        self.remaining.lock().expect("a lock").iter().copied().collect()
    }

    /// Applies an operation of a function in its turn. The order names the operation alone or after the function, like
    /// `login GetItem users`.
    pub async fn apply<T>(&self, caller: &str, operation: &str, call: impl Future<Output = T>) -> T {
        let of_caller = format!("{caller} {operation}");
        let turn = self.turn(&[operation, &of_caller]).await;
        let response = call.await;
        drop(turn);
        self.changed.notify_waiters();
        response
    }

    /// Waits for the turn of an operation, which ends when the guard is dropped.
    async fn turn(&self, names: &[&str]) -> Option<MutexGuard<'_, ()>> {
        loop {
            let changed = self.changed.notified();
            let applying = self.applying.lock().await;
            {
                let mut remaining = self.remaining.lock().expect("a lock");
                if !remaining.iter().any(|name| names.contains(name)) {
                    return None;
                }
                if remaining.front().is_some_and(|first| names.contains(first)) {
                    remaining.pop_front();
                    return Some(applying);
                }
            }
            drop(applying);
            changed.await;
        }
    }
}
