//! The programs in `examples/`, in every state of a session: `make examples` runs these tests, and `make test` all but
//! the slow ones.

mod native;
mod sam;
mod servers;
