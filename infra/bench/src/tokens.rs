//! Only the session token: how long its encryption takes, and its decryption.

use std::hint::black_box;

use latchkey::account::UserId;
use latchkey::config::Environment;
use latchkey::keys::{KeySet, Keys};
use latchkey::session::{ClientInfo, Lifetimes, NewSession};
use latchkey::time::Timestamp;
use latchkey::token::Tokens;
use local::Failure;

use crate::hash::timed;
use crate::samples::Means;

pub(crate) const SEAL: &str = "encryption of a session token";
pub(crate) const OPEN: &str = "decryption of a session token";

/// The tokens that come first and do not count, and those that count.
const WARM_UP: u32 = 200;
const COUNT: u32 = 2_000;

pub(crate) fn measure(means: &mut Means) -> Result<(), Failure> {
    let keys = KeySet::parse(r#"{"1":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"}"#).ok_or("no key")?;
    let tokens = Tokens::new("bench".to_owned(), Keys::fixed(keys));
    let now = Timestamp::now();
    let lifetimes = Lifetimes::from_environment(&Environment::new([]))?;
    let new = NewSession::new(UserId::random()?, 0, ClientInfo::new(None, None), lifetimes, now)?;
    let seal = || tokens.issue(&new.session, &new.secret, "user", now);
    let token = seal()?;
    let open = || tokens.verify(&token, now).is_some();
    if !open() {
        return Err("the session token does not open".into());
    }
    for (name, work) in [
        (SEAL, &(|| drop(black_box(seal()))) as &dyn Fn()),
        (OPEN, &|| {
            black_box(open());
        }),
    ] {
        (0..WARM_UP).for_each(|_| work());
        means.add(name, timed(|| (0..COUNT).for_each(|_| work()))? / f64::from(COUNT));
    }
    Ok(())
}
