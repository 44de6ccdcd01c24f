//! Sessions, epochs and counters.

use latchkey::account::{Identifier, User};
use latchkey::limits::Failures;
use latchkey::password::StoredHash;
use latchkey::session::Session;
use latchkey::store::{Missing, Seen};

use crate::arguments::user::{Named, Reasoned, SignOut};
use crate::output::{escaped, tell};
use crate::stop::{Code, Stop};
use crate::user::identifiers::taken;
use crate::user::{Desk, changed_meanwhile, misfits};

impl Desk<'_> {
    pub(super) async fn sign_out(&self, arguments: &SignOut) -> Result<(), Stop> {
        let user = self.find(&arguments.reasoned.named.who).await?;
        if let Some(id) = &arguments.session {
            let session = self.session(&user, id).await?;
            self.sessions.delete_of(&user.user_id, &session.session_id).await?;
            self.done(&user, &format!("no longer has the session {}.", session.session_id.as_str()));
            return Ok(());
        }
        let user = self.end_sessions(&user, self.next(&user, arguments.reasoned.why.as_deref())).await?;
        self.delete_sessions(&user).await?;
        self.done(&user, "has no session any more, and no known device.");
        Ok(())
    }

    /// Ends all sessions at once, in one transaction. Their items go afterwards.
    async fn end_sessions(&self, user: &User, next: User) -> Result<User, Stop> {
        let credentials = self.inspector.inspect(user, None).await?.credentials;
        // It would write into the credential of another user.
        let is_own = |seen: &Option<Seen>| seen.as_ref().is_some_and(|seen| seen.user_id == user.user_id);
        if !credentials.iter().all(is_own) {
            let detail =
                format!("{}: run `latchkey user repair` first", misfits(user, &credentials).join("; "));
            return Err(Stop::new(Code::Refused, detail));
        }
        let ended = self.accounts.end_sessions(user, next, None, self.now).await?;
        ended.ok_or_else(changed_meanwhile)
    }

    /// Deletes the items of sessions that have ended.
    pub(super) async fn delete_sessions(&self, user: &User) -> Result<(), Stop> {
        let progress = |count: usize| {
            if count >= 100 {
                tell(&format!("latchkey: {count} items of sessions deleted"));
            }
        };
        self.sessions.delete_all(&user.user_id, progress).await?;
        Ok(())
    }

    /// The one session whose id begins so.
    async fn session(&self, user: &User, id: &str) -> Result<Session, Stop> {
        let found = self.sessions.all(&user.user_id).await?;
        let mut found =
            found.sessions.into_iter().filter(|session| session.session_id.as_str().starts_with(id));
        match (found.next(), found.next()) {
            (Some(session), None) if !id.is_empty() => Ok(session),
            (Some(_), _) => Err(Stop::new(Code::Usage, "several sessions begin so: give more characters")),
            (None, _) => Err(Stop::new(Code::NotFound, format!("no session begins with {}", escaped(id)))),
        }
    }

    pub(super) async fn unlock(&self, named: &Named) -> Result<(), Stop> {
        let user = self.find(&named.who).await?;
        let counters = self.target.counters(&user).await?;
        let before = self.inspector.inspect(&user, Some(&counters)).await?.failures;
        for counter in &counters {
            self.inspector.forget(counter).await?;
        }
        let [username, email] =
            before.map(|failures| failures.map_or(0, |failures: Failures| failures.failures));
        if username + email == 0 {
            self.done(&user, "had no wrong passwords, so nothing locks the user out.");
            return Ok(());
        }
        let free = self.target.failure_limit()?.free;
        self.done(
            &user,
            &format!(
                "had {username} wrong passwords with the username and {email} with the email. An attacker gets {free} \
                 more guesses."
            ),
        );
        Ok(())
    }

    /// The password hash of the credentials that there are.
    async fn common_password(
        &self,
        present: impl Iterator<Item = (Identifier, &Option<Seen>)>,
    ) -> Result<Option<StoredHash>, Stop> {
        let mut hashes = Vec::new();
        for (identifier, _) in present {
            hashes.push(self.credential(&identifier).await?.password_hash);
        }
        // One of them could be that of an attacker, from before the last reset.
        if hashes.windows(2).any(|both| both.first() != both.last()) {
            let detail = "the two identifiers have different passwords: send a reset link, which mends both";
            return Err(Stop::new(Code::Refused, detail));
        }
        Ok(hashes.pop().flatten())
    }

    /// Gives the items of an account one epoch, and makes a missing credential again, with the password of the other.
    pub(super) async fn repair(&self, reasoned: &Reasoned) -> Result<(), Stop> {
        let user = self.find(&reasoned.named.who).await?;
        if user.is_deleted() {
            let detail =
                "the user has deleted the account, which needs no repair; its link in a mail gives it back";
            return Err(Stop::new(Code::Refused, detail));
        }
        let inspected = self.inspector.inspect(&user, None).await?;
        let misfits = misfits(&user, &inspected.credentials);
        if misfits.is_empty() {
            self.done(&user, "needs no repair: all three items fit together.");
            return Ok(());
        }
        let identifiers = user.identifiers().into_iter().zip(&inspected.credentials);
        let missing: Vec<Identifier> =
            identifiers.clone().filter(|(_, seen)| seen.is_none()).map(|(name, _)| name).collect();
        let is_of_others = |seen: &Seen| seen.user_id != user.user_id || seen.held_until.is_some();
        if inspected.credentials.iter().flatten().any(is_of_others) {
            let detail = format!(
                "{}. No repair can tell whose it is. If this user came back by a restore, delete the user again",
                misfits.join("; ")
            );
            return Err(Stop::new(Code::Refused, detail));
        }
        let password_hash = self.common_password(identifiers.filter(|(_, seen)| seen.is_some())).await?;
        // Above every epoch that there is, so that no ended session returns.
        let highest = inspected.credentials.iter().flatten().map(|seen| seen.epoch).max().unwrap_or_default();
        let why = reasoned.why.as_deref().or(Some("repair"));
        let next = User { epoch: user.epoch.max(highest), ..self.next(&user, why) };
        let missing = Missing { identifiers: missing, password_hash };
        let repaired = self.accounts.repair(&user, next, &missing, self.now).await.map_err(taken)?;
        let user = repaired.ok_or_else(changed_meanwhile)?;
        let password =
            if missing.identifiers.len() == 2 { " There is no password: send a reset link." } else { "" };
        self.done(
            &user,
            &format!("fits together again ({}). All sessions have ended.{password}", misfits.join("; ")),
        );
        Ok(())
    }
}
