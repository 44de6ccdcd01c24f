//! The limits on attempts, as rules without I/O: what is counted, what is free, and how long to wait.
//!
//! | counter | of | limits |
//! |---|---|---|
//! | failures | an identifier that was typed, whether or not anybody has it; or a device that is known | wrong passwords in a row ([`FailureLimit`]) |
//! | rates | an address | attempts over time, whatever becomes of them ([`RateLimit`]) |
//!
//! `store/limits` keeps both in the limits table, so that a new environment of Lambda forgets nothing.

pub(crate) mod failures;
pub(crate) mod key;
pub(crate) mod permit;
pub(crate) mod rate;

pub use self::failures::{Attempt, FORGOTTEN_AFTER, FailureLimit, Failures};
pub use self::key::CounterKey;
pub use self::permit::Permit;
pub use self::rate::{Rate, RateLimit, Slot, milliseconds};
