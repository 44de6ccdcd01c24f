//! What holds when calls fail, meet or come too often.

pub mod faults;
mod fuzzing;
mod interleavings;
mod outage;
mod overload;
mod races;
mod schedules;
