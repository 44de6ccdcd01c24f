//! The log entries of a test.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Once;

use serde_json::Value;

/// The log entries of this thread since [`LogEntries::collect`].
///
/// All tests share one subscriber. Subscribers that several threads set at the same time sometimes miss events.
pub struct LogEntries(Rc<RefCell<Vec<u8>>>);

thread_local! {
    static COLLECTED: RefCell<Option<Rc<RefCell<Vec<u8>>>>> = const { RefCell::new(None) };
}

struct Collector;

impl Write for Collector {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        COLLECTED.with_borrow(|collected| {
            if let Some(collected) = collected {
                collected.borrow_mut().extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts logging as on Lambda.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(latchkey::log::lines(|| Collector))
            .expect("the only subscriber");
    });
}

impl LogEntries {
    /// Starts to collect.
    pub fn collect() -> Self {
        init();
        let collected = Rc::default();
        COLLECTED.set(Some(Rc::clone(&collected)));
        Self(collected)
    }

    /// The text of the log since the last time this was called.
    pub fn take_text(&self) -> String {
        String::from_utf8(self.0.take()).expect("UTF-8")
    }

    /// The log entries since then. Each is one line of JSON.
    pub fn take(&self) -> Vec<Value> {
        let text = self.take_text();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect()
    }
}
