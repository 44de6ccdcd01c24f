//! What a file has in it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::import::progress::rejected_path;
use crate::import::rules::Looked;
use crate::output::escaped;

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
    /// The users with other roles than `user`.
    roles: BTreeMap<String, u64>,
    /// The users by the forms in which their passwords are stored.
    forms: BTreeMap<String, u64>,
    /// A hash of each form.
    #[serde(skip)]
    samples: BTreeMap<String, String>,
    /// What is wrong with the others.
    codes: BTreeMap<String, u64>,
}

impl Survey {
    pub(super) fn count(&mut self, looked: Looked) {
        let Looked { user, hash, form, .. } = looked;
        self.good += 1;
        self.verified += u64::from(user.email_verified_at.is_some());
        self.disabled += u64::from(user.status != latchkey::account::Status::Active);
        self.usernames_made += u64::from(user.username_generated);
        if user.role != "user" {
            *self.roles.entry(user.role).or_default() += 1;
        }
        let Some((form, hash)) = form.zip(hash) else {
            self.without_password += 1;
            return;
        };
        if let Some(count) = self.forms.get_mut(&form) {
            *count += 1;
        } else {
            self.forms.insert(form.clone(), 1);
            self.samples.insert(form, hash);
        }
    }

    pub(super) fn reject(&mut self, codes: &[String]) {
        self.rejected += 1;
        for code in codes {
            *self.codes.entry(code.clone()).or_default() += 1;
        }
    }

    /// A hash of each form, at most of this number of forms: those of the most users.
    pub(super) fn samples(&self, most: usize) -> Vec<(&String, &String)> {
        let mut samples: Vec<_> = self.samples.iter().collect();
        samples.sort_by_key(|(form, _)| Reverse(self.forms.get(*form)));
        samples.truncate(most);
        samples
    }

    /// The number of users whose hashes get argon2id over them.
    pub(super) fn weak(&self) -> u64 {
        let weak = self.forms.iter().filter(|(form, _)| form.starts_with("argon2id over "));
        weak.map(|(_, count)| count).sum()
    }

    /// Whether the time of a login tells some of these users from those with a hash of this form.
    pub(super) fn has_other_forms_than(&self, own: &str) -> bool {
        self.forms.keys().any(|form| form != own)
    }

    pub(super) fn lines(&self, file: &Path) -> String {
        let Self {
            good,
            rejected,
            verified,
            disabled,
            without_password,
            usernames_made,
            roles,
            forms,
            codes,
            ..
        } = self;
        let listed = |counts: &BTreeMap<String, u64>| {
            let counts = counts.iter().map(|(name, count)| format!("{} {count}", escaped(name)));
            counts.collect::<Vec<_>>().join(", ")
        };
        let see = escaped(&rejected_path(file).display().to_string());
        let why = format!(" ({}): see {see}", listed(codes));
        let why = if *rejected > 0 { why } else { String::new() };
        let line = |name: &str, counts: &BTreeMap<String, u64>| {
            if counts.is_empty() { String::new() } else { format!("\n{name}: {}", listed(counts)) }
        };
        let (roles, hashes) = (line("roles", roles), line("hashes", forms));
        let has_none = *good > 0 && without_password == good;
        let hashes =
            if has_none { "\nno user has a password: is there a column password_hash?" } else { &*hashes };
        let file = escaped(&file.display().to_string());
        format!(
            "{file}: {good} users can come, {rejected} cannot{why}\nverified {verified}, disabled {disabled}, \
             without a password {without_password}, usernames made {usernames_made}{roles}{hashes}"
        )
    }
}
