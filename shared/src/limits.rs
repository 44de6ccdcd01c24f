//! The limits on attempts, as rules without I/O: what is counted, what is free, and how long the delays are.
//!
//! | counter | of | limits |
//! |---|---|---|
//! | failures | a typed identifier, whether or not an account has it | consecutive wrong passwords ([`FailureLimit`]) |
//! | failures | a known device | consecutive wrong passwords on it |
//! | rates | an address | attempts over time ([`RateLimit`]); a successful login releases its slot |
//!
//! `store/limiter` keeps the counters in the limits table, so they survive cold starts and scaling.

pub(crate) mod counter;
pub(crate) mod failures;
pub(crate) mod permit;
pub(crate) mod rate;

pub use self::counter::{Counter, subscriber_network};
pub use self::failures::{Attempt, FORGOTTEN_AFTER, FailureLimit, Failures};
pub use self::permit::Permit;
pub use self::rate::{Rate, RateLimit, Slot, milliseconds};
