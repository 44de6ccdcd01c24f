//! An attempt to log in, from its count to its session.

use latchkey::account::{Identifier, User};
use latchkey::error::Error;
use latchkey::http::return_to::ReturnTo;
use latchkey::http::{Request, Response, SignedIn, StatusCode};
use latchkey::mail::{Mail, Message};
use latchkey::password::Password;
use latchkey::session::NewSession;
use latchkey::store::{self, CountedLogin, Credential, LoginAttempt};

use crate::Login;
use crate::typed::Typed;

impl Login {
    /// Verifies a password, and begins a session in place of the presented one.
    pub(crate) async fn log_in(
        &self,
        request: &Request,
        typed: &Typed,
        return_to: Option<ReturnTo>,
    ) -> Result<Response, Error> {
        let identifier = &typed.identifier;
        let attempt = LoginAttempt {
            identifier,
            device: self.site.cookies.device(request, identifier),
            address: request.source_ip(),
            now: request.now,
        };
        let counted = self.limiter.count(attempt, self.credentials.get(identifier)).await?;
        let CountedLogin { permit, credential, device, counted } = counted;
        let verified = store::verify(&self.hasher, permit, credential, &typed.password);
        if verified.is_err() && counted.disables() {
            self.tell_of_lock(request, identifier).await;
        }
        let (credential, is_outdated) = verified?;

        let (user_id, client) = (credential.user_id.clone(), request.client_info());
        let new = NewSession::new(user_id, credential.epoch, client, self.lifetimes, request.now)?;
        let deletion = self.limiter.deletion(&counted)?;
        let (user, (), mail) = tokio::join!(
            self.sessions.begin(&new.session, &credential, request.presented.as_ref(), deletion),
            // The password is correct, even if the session cannot be written.
            self.limiter.release_slot(&counted),
            self.tell_of_login(request, &credential, device.is_none()),
        );
        let user = user?;
        if is_outdated {
            self.rehash(&user, &credential, &typed.password).await;
        }
        let device = device.map(|device| device.id);
        let signed_in = SignedIn { user: &user, new: &new, device, return_to };
        let response = self.site.signed_in(request, StatusCode::OK, signed_in)?;
        Ok(match mail {
            Some(mail) => response.with_mail(mail.mail_id.as_str()),
            None => response,
        })
    }

    /// Writes a mail that tells of a login on a device that the account does not know. It is written while the user is
    /// read, so it may be for one who gets none; the mailer drops it.
    async fn tell_of_login(
        &self,
        request: &Request,
        credential: &Credential,
        is_unknown: bool,
    ) -> Option<Mail> {
        if !(is_unknown && self.tells_of_logins) {
            return None;
        }
        self.write_mail(request, Message::NewSignIn { user_id: credential.user_id.clone() }).await
    }

    /// Writes a mail that tells of a lock, whether or not an account has the identifier.
    async fn tell_of_lock(&self, request: &Request, identifier: &Identifier) {
        self.write_mail(request, Message::LoginLocked { identifier: identifier.clone() }).await;
    }

    /// Writes a mail. If that fails, the log says so, and the login continues.
    async fn write_mail(&self, request: &Request, message: Message) -> Option<Mail> {
        let mails = self.mails.as_ref()?;
        let written = async {
            let mail = Mail::new(message, &request.client_info(), request.now)?;
            mails.put(&mail).await.map(|()| mail)
        };
        let written = written.await;
        if let Err(error) = &written {
            tracing::warn!(request_id = request.id, "a mail about a login could not be written: {error}");
        }
        written.ok()
    }

    /// Replaces the outdated hash on both credentials of the user. Otherwise the identifier that the user never types
    /// would keep a cheaper hash. If this fails, the login continues.
    async fn rehash(&self, user: &User, verified: &Credential, password: &Password) {
        let (Some(old_hash), Ok(new_hash)) = (&verified.password_hash, self.hasher.hash(password)) else {
            return;
        };
        let [username, email] = user.identifiers();
        let (username, email) = tokio::join!(
            self.credentials.rehash(&username, old_hash, &new_hash),
            self.credentials.rehash(&email, old_hash, &new_hash),
        );
        if let Err(error) = username.and(email) {
            tracing::warn!("an outdated password hash could not be replaced: {error}");
        }
    }
}
