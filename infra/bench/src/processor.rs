//! The processor's time that a process used, as only Linux shows it for others.

use local::Failure;

#[cfg(target_os = "linux")]
pub(crate) use self::linux::{Clock, stay_on_one};
#[cfg(not(target_os = "linux"))]
pub(crate) use self::other::{Clock, stay_on_one};

#[cfg(target_os = "linux")]
mod linux {
    use std::time::Duration;

    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
    use nix::unistd::Pid;

    use super::Failure;

    const THIS: Pid = Pid::from_raw(0);

    /// Runs while the processor works for a process, or for a thread.
    #[derive(Clone, Copy)]
    pub(crate) struct Clock(ClockId);

    impl Clock {
        /// Of a process, with all its threads.
        pub(crate) fn of_process(id: u32) -> Result<Self, Failure> {
            Ok(Self(clock_getcpuclockid(Pid::from_raw(id.try_into()?))?))
        }

        /// Of the thread that asks.
        pub(crate) fn of_this_thread() -> Self {
            Self(ClockId::CLOCK_THREAD_CPUTIME_ID)
        }

        /// What it shows.
        pub(crate) fn milliseconds(self) -> Result<f64, Failure> {
            Ok(Duration::from(clock_gettime(self.0)?).as_secs_f64() * 1e3)
        }
    }

    /// All that is measured takes turns on one processor with this process and its services: a second one would have to
    /// be woken for each answer, which costs more than what is measured. What is started from now on stays there, too.
    pub(crate) fn stay_on_one() -> Result<(), Failure> {
        let allowed = sched_getaffinity(THIS)?;
        let last = (0..CpuSet::count()).rev().find(|index| allowed.is_set(*index).unwrap_or(false));
        let mut one = CpuSet::new();
        one.set(last.ok_or("this process has no processor")?)?;
        Ok(sched_setaffinity(THIS, &one)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use super::Failure;

    const WHY: &str =
        "the bench reads the processor's time of other processes, which only Linux shows: run it there";

    #[derive(Clone, Copy)]
    pub(crate) struct Clock;

    impl Clock {
        pub(crate) fn of_process(_: u32) -> Result<Self, Failure> {
            Err(WHY.into())
        }

        pub(crate) fn of_this_thread() -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "as on Linux")]
        pub(crate) fn milliseconds(self) -> Result<f64, Failure> {
            Err(WHY.into())
        }
    }

    pub(crate) fn stay_on_one() -> Result<(), Failure> {
        Err(WHY.into())
    }
}
