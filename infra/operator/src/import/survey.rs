//! What a file has in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use serde::Serialize;

use crate::arguments::Import;
use crate::import::reject;
use crate::import::rules::Looked;
use crate::output::{escaped, tell};
use crate::stop::{Code, Stop};
use crate::target::{Place, Target};

/// The counts of a file.
#[derive(Debug, Default, Serialize)]
pub(super) struct Survey {
    /// The users who can come.
    pub good: u64,
    /// Those who cannot.
    pub rejected: u64,
    verified: u64,
    disabled: u64,
    without_password: u64,
    usernames_made: u64,
    /// The users by the beginnings of their hashes.
    forms: BTreeMap<String, u64>,
    /// What is wrong with the others.
    codes: BTreeMap<String, u64>,
}

impl Survey {
    pub(super) fn count(&mut self, looked: &Looked) {
        self.good += 1;
        self.verified += u64::from(looked.user.email_verified_at.is_some());
        self.disabled += u64::from(looked.user.status != latchkey::account::Status::Active);
        self.usernames_made += u64::from(looked.user.username_generated);
        match &looked.form {
            Some(form) => *self.forms.entry(beginning(form)).or_default() += 1,
            None => self.without_password += 1,
        }
    }

    pub(super) fn reject(
        &mut self,
        file: &mut File,
        line: u64,
        external_id: Option<&str>,
        codes: &[String],
    ) -> Result<(), Stop> {
        self.rejected += 1;
        for code in codes {
            *self.codes.entry(code.clone()).or_default() += 1;
        }
        reject(file, line, external_id, codes)
    }

    /// Refuses an import after which the time of a wrong password tells who has an account.
    pub(super) fn check(&self, target: &Target, arguments: &Import) -> Result<(), Stop> {
        let Place::Account(_) = &target.place else { return Ok(()) };
        let deployed = target.environment.get("VERSION").unwrap_or_default();
        if deployed != env!("CARGO_PKG_VERSION") {
            let detail = format!("the stack is of version {}: deploy this one first", escaped(deployed));
            return Err(Stop::new(Code::Refused, detail));
        }
        let has_floor = target.environment.get("LOGIN_FLOOR_MILLISECONDS").is_some_and(|floor| floor != "0");
        let own = |form: &&String| !form.starts_with("$argon2id$");
        if self.forms.keys().any(|form| own(&form)) && !has_floor {
            let detail = "set LoginFloorMilliseconds first: until these users have logged in once, the time of a wrong \
                password tells who has an account. --accept-timing imports nevertheless";
            if !arguments.accept_timing {
                return Err(Stop::new(Code::Refused, detail));
            }
            tell("latchkey: the time of a wrong password will tell who has an account");
        }
        Ok(())
    }

    pub(super) fn lines(&self, file: &Path) -> String {
        let Self { good, rejected, verified, disabled, without_password, usernames_made, forms, codes } =
            self;
        let listed = |counts: &BTreeMap<String, u64>| {
            let counts = counts.iter().map(|(name, count)| format!("{} {count}", escaped(name)));
            counts.collect::<Vec<_>>().join(", ")
        };
        let file = escaped(&file.display().to_string());
        let why = format!(" ({}): see {file}.rejected.ndjson", listed(codes));
        let why = if *rejected > 0 { why } else { String::new() };
        let hashes = if forms.is_empty() { String::new() } else { format!("\nhashes: {}", listed(forms)) };
        format!(
            "{file}: {good} users can come, {rejected} cannot{why}\nverified {verified}, disabled {disabled}, \
             without a password {without_password}, usernames made {usernames_made}{hashes}"
        )
    }
}

/// How a form begins: its name and, for bcrypt, its cost.
fn beginning(form: &str) -> String {
    let is_bcrypt = form.starts_with("$2");
    let parts = form.split('$').take(if is_bcrypt { 3 } else { 2 });
    parts.collect::<Vec<_>>().join("$")
}
