//! The limits table: key `key`; who tried how often.
//!
//! An attempt is counted before its password is verified, in one conditional update: of any number of
//! parallel guesses, exactly as many are verified as are free. Identifiers that nobody has are counted as
//! those that somebody has.

pub(crate) mod counters;
pub(crate) mod failures;
pub(crate) mod login;
pub(crate) mod rates;
pub(crate) mod signup;
