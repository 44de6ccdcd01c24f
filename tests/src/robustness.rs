//! Latchkey when calls fail, when requests race, and when the load is too high.

pub mod faults;
mod fuzzing;
mod interleavings;
mod merges;
mod outage;
mod overload;
mod races;
mod refreshes;
mod schedules;
mod walk;
