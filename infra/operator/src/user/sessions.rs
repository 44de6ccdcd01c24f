//! Sessions, epochs and counters.

use latchkey::account::User;
use latchkey::limits::Failures;
use latchkey::session::Session;

use crate::arguments::user::{Named, SignOut};
use crate::output::{escaped, tell};
use crate::stop::{Code, Stop};
use crate::user::{Desk, changed_meanwhile};

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

    pub(super) async fn repair(&self, named: &Named) -> Result<(), Stop> {
        let user = self.find(&named.who).await?;
        let inspected = self.inspector.inspect(&user, None).await?;
        let epochs = inspected.credentials.iter().flatten().map(|seen| seen.epoch);
        if epochs.clone().count() == 2 && epochs.clone().all(|epoch| epoch == user.epoch) {
            self.done(&user, "needs no repair: all three items have one epoch.");
            return Ok(());
        }
        if epochs.count() < 2 {
            let detail = "a credential is missing: give the user the identifier again, by rename or email";
            return Err(Stop::new(Code::Refused, detail));
        }
        // Above every epoch that there is, so that no ended session returns.
        let highest = inspected.credentials.iter().flatten().map(|seen| seen.epoch).max().unwrap_or_default();
        let next = User { epoch: user.epoch.max(highest), ..self.next(&user, Some("repair")) };
        let user = self.end_sessions(&user, next).await?;
        self.done(&user, "can log in again. All sessions have ended.");
        Ok(())
    }
}
