//! `latchkey user show`.

use std::fmt::Write as _;

use latchkey::account::{Status, User};
use latchkey::limits::{Attempt, FailureLimit, Failures};
use latchkey::store::{Credentials, Inspected, Seen, SessionList};
use latchkey::time::Timestamp;
use serde_json::{Value, json};

use crate::arguments::user::Show;
use crate::output::{Output, escaped, quoted, tell};
use crate::stop::Stop;
use crate::user::{Desk, seen};

/// The sessions that are shown to people. JSON has all of them.
const SHOWN: usize = 5;

/// Everything about a user, from at most four calls of the database.
struct Found {
    user: User,
    inspected: Inspected,
    sessions: SessionList,
    limit: FailureLimit,
    /// How the password is stored, if that was asked for.
    password: Option<String>,
}

impl Desk<'_> {
    pub(super) async fn show(&self, arguments: &Show) -> Result<(), Stop> {
        let user = self.find(&arguments.named.who).await?;
        if arguments.all {
            return self.copy(&user).await;
        }
        let password = if arguments.password { Some(self.form_of_password(&user).await?) } else { None };
        // The rest is worth seeing without them.
        let counters = self.target.counters(&user).await;
        let counters =
            counters.inspect_err(|stop| tell(&format!("latchkey: no wrong passwords: {}", stop.detail))).ok();
        let (inspected, sessions) = tokio::try_join!(
            self.inspector.inspect(&user, counters.as_ref()),
            self.sessions.list(&user, self.now)
        )?;
        let found = Found { user, inspected, sessions, limit: self.target.failure_limit()?, password };
        let failures = self.failures_as_json(&found.inspected.failures)?;
        self.output.answer(&found.json(&failures), &found.lines(self.output, self.now));
        Ok(())
    }

    /// The counters of failures of both identifiers, and for how many seconds each refuses logins.
    pub(super) fn failures_as_json(&self, failures: &[Option<Failures>; 2]) -> Result<Value, Stop> {
        let limit = self.target.failure_limit()?;
        let [username, email] = failures.each_ref().map(|failures| {
            failures.as_ref().map(|failures| {
                let refused_for = match limit.attempt(failures, self.now) {
                    Attempt::Refused(delay) => Some(delay.0),
                    _ => None,
                };
                json!({
                    "failures": failures.failures,
                    "last_at": failures.last_at.to_rfc3339(),
                    "refused_for": refused_for,
                })
            })
        });
        Ok(json!({ "username": username, "email": email }))
    }

    /// How the password is stored.
    async fn form_of_password(&self, user: &User) -> Result<String, Stop> {
        let credentials = Credentials::new(&self.target.client, &self.target.environment)?;
        let [username, _] = user.identifiers();
        let hash = credentials.get(&username).await?.and_then(|credential| credential.password_hash);
        Ok(hash.map_or_else(|| "none".to_owned(), |hash| hash.form()))
    }
}

impl Found {
    fn lines(&self, output: &Output, now: Timestamp) -> String {
        let user = &self.user;
        let verified = user
            .email_verified_at
            .map_or_else(|| "not verified".to_owned(), |at| format!("verified {}", at.to_date()));
        let name =
            user.name.as_deref().map(|name| format!("name {}   ", quoted(name, 64))).unwrap_or_default();
        format!(
            "{} <{}>, {verified}   id {}\n  {name}role {}   status {}   created {}\n  sessions  {}\n  guesses   \
             {}\n  items     {}\n{}{}{}{}",
            output.strong(&escaped(&user.username)),
            escaped(user.email_shown()),
            user.user_id.as_str(),
            escaped(&user.role),
            self.status(),
            user.created_at.to_rfc3339(),
            self.sessions_in_words(),
            self.guesses_in_words(now),
            self.items_in_words(),
            self.origin(),
            self.change(),
            self.password.as_ref().map(|form| format!("  password  {form}\n")).unwrap_or_default(),
            self.attributes(),
        )
    }

    /// The status, and until when a deletion can be undone.
    fn status(&self) -> String {
        let erase_at = self.user.erase_at.map(|at| format!(" until {}", at.to_rfc3339())).unwrap_or_default();
        let deleted =
            if self.user.is_deleted() && self.user.status != Status::Deleted { ", deleted" } else { "" };
        format!("{}{deleted}{erase_at}", self.user.status.as_str())
    }

    /// The system of which the user has come.
    fn origin(&self) -> String {
        let named = self.user.imported_from.as_deref().zip(self.user.external_id.as_deref());
        named.map_or_else(String::new, |(source, id)| {
            format!("  imported  external:{}/{}\n", escaped(source), escaped(id))
        })
    }

    /// Who of the operators has made this version of the user, and why.
    fn change(&self) -> String {
        let changed = self.user.changed_by.as_ref().filter(|changed| changed.version == self.user.version);
        changed.map_or_else(String::new, |changed| {
            let why = changed.why.as_deref().map(|why| format!(": {}", quoted(why, 200))).unwrap_or_default();
            format!("  changed   by {}{why}\n", escaped(&changed.who))
        })
    }

    fn sessions_in_words(&self) -> String {
        let SessionList { sessions, has_more } = &self.sessions;
        if self.user.status != Status::Active {
            return "none while the user is not active".to_owned();
        }
        let mut text = format!("{}{} active", sessions.len(), if *has_more { " or more" } else { "" });
        for session in sessions.iter().take(SHOWN) {
            let id: String = session.session_id.as_str().chars().take(8).collect();
            let network = session.network.as_deref().unwrap_or("unknown network");
            let agent = quoted(session.user_agent.as_deref().unwrap_or_default(), 80);
            let since = session.created_at.to_rfc3339();
            // Writing to a String cannot fail.
            let _ = write!(text, "\n            {id}… {} {agent} since {since}", escaped(network));
        }
        if sessions.len() > SHOWN {
            text += "\n            … (--json has all)";
        }
        text
    }

    fn guesses_in_words(&self, now: Timestamp) -> String {
        let words = |name: &str, failures: &Option<Failures>| match failures {
            None => format!("{name} none"),
            Some(failures) => {
                let state = match self.limit.attempt(failures, now) {
                    Attempt::First => "forgotten".to_owned(),
                    Attempt::Free => format!("{} of {} free", failures.failures, self.limit.free),
                    Attempt::Next => format!("{}, the next may come", failures.failures),
                    Attempt::Refused(_) if failures.expires_at.is_none() => {
                        format!("{}, disabled until `latchkey user unlock`", failures.failures)
                    }
                    Attempt::Refused(delay) => {
                        format!("{}, refused for {}", failures.failures, delay.in_words())
                    }
                };
                format!("{name} {state}, last {}", failures.last_at.to_rfc3339())
            }
        };
        let [username, email] = &self.inspected.failures;
        format!("{}; {}", words("username", username), words("email", email))
    }

    fn items_in_words(&self) -> String {
        let findings = misfits(&self.user, &self.inspected.credentials);
        let state = if findings.is_empty() { "sound".to_owned() } else { findings.join("; ") };
        format!("version {}, epoch {}: {state}", self.user.version, self.user.epoch)
    }

    fn attributes(&self) -> String {
        let attributes = json!(self.user.attributes);
        match attributes.as_object() {
            Some(members) if !members.is_empty() => {
                let text = attributes.to_string();
                let cut: String = text.chars().take(200).collect();
                let more = if cut.len() < text.len() { "… (--json has all)" } else { "" };
                format!("  attributes {}{more}", escaped(&cut))
            }
            _ => String::new(),
        }
    }

    fn json(&self, failures: &Value) -> Value {
        let sessions: Vec<Value> = self
            .sessions
            .sessions
            .iter()
            .map(|session| {
                json!({
                    "id": session.session_id.as_str(),
                    "network": session.network,
                    "user_agent": session.user_agent,
                    "created_at": session.created_at.to_rfc3339(),
                })
            })
            .collect();
        json!({
            "user": seen(&self.user),
            "sessions": sessions,
            "more_sessions": self.sessions.has_more,
            "failures": failures,
            "password": self.password,
            "findings": misfits(&self.user, &self.inspected.credentials),
        })
    }
}

/// What does not fit together in the items of a user. It is empty where all is sound, and for a deleted
/// account.
pub(crate) fn misfits(user: &User, credentials: &[Option<Seen>; 2]) -> Vec<String> {
    let mut misfits = Vec::new();
    if user.is_deleted() {
        return misfits;
    }
    for (name, seen) in ["username", "email"].into_iter().zip(credentials) {
        match seen {
            None => misfits.push(format!("the credential of the {name} is missing")),
            Some(seen) if seen.user_id != user.user_id => {
                misfits.push(format!("the {name} belongs to the user {}", escaped(seen.user_id.as_str())));
            }
            Some(seen) if seen.held_until.is_some() => misfits.push(format!("the {name} is held")),
            Some(seen) if seen.epoch != user.epoch => {
                misfits.push(format!("the {name} has the epoch {}", seen.epoch));
            }
            Some(_) => {}
        }
    }
    misfits
}
