//! The limits table, with the key `key`: the counters of attempts.
//!
//! One conditional update counts an attempt before its password is verified. So of any number of concurrent guesses,
//! exactly the free ones are verified. An identifier that no account has is counted like any other.

pub(crate) mod changes;
pub(crate) mod counters;
pub(crate) mod failures;
pub(crate) mod forget;
pub(crate) mod login;
pub(crate) mod mails;
pub(crate) mod rates;
pub(crate) mod signup;
