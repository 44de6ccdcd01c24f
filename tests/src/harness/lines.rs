//! The log lines of a test.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// Collects what is logged on this thread.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a lock").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Collects until the guard is dropped.
    pub fn collect(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        tracing::subscriber::set_default(shared::log::lines(move || writer.clone()))
    }

    /// What was logged since the last time.
    pub fn take_text(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().expect("a lock"))).expect("UTF-8")
    }

    /// The same, each line as the JSON object that it must be.
    pub fn take(&self) -> Vec<Value> {
        let text = self.take_text();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect()
    }
}
