//! `latchkey import`: users of another system, with the hashes that they have.

mod dialect;
