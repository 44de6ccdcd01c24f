//! CPU time. Only Linux shows a process the CPU time of another one.

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

    /// The CPU time of a process or a thread.
    #[derive(Clone, Copy)]
    pub(crate) struct Clock(ClockId);

    impl Clock {
        /// The clock of a process, with all its threads.
        pub(crate) fn of_process(id: u32) -> Result<Self, Failure> {
            Ok(Self(clock_getcpuclockid(Pid::from_raw(id.try_into()?))?))
        }

        /// The clock of the calling thread.
        pub(crate) fn of_this_thread() -> Self {
            Self(ClockId::CLOCK_THREAD_CPUTIME_ID)
        }

        /// The CPU time until now.
        pub(crate) fn milliseconds(self) -> Result<f64, Failure> {
            Ok(Duration::from(clock_gettime(self.0)?).as_secs_f64() * 1e3)
        }
    }

    /// Keeps this process, and every process that it starts from now on, on one processor.
    ///
    /// With two, the kernel would have to wake the other processor for each response. That costs more than what the
    /// bench measures.
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

    const REASON: &str =
        "the bench reads the CPU time of other processes, which only Linux shows. Run it on Linux";

    #[derive(Clone, Copy)]
    pub(crate) struct Clock;

    impl Clock {
        pub(crate) fn of_process(_: u32) -> Result<Self, Failure> {
            Err(REASON.into())
        }

        pub(crate) fn of_this_thread() -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "as on Linux")]
        pub(crate) fn milliseconds(self) -> Result<f64, Failure> {
            Err(REASON.into())
        }
    }

    pub(crate) fn stay_on_one() -> Result<(), Failure> {
        Err(REASON.into())
    }
}
