//! An attempt to log in, from its count to its session.

use latchkey::account::User;
use latchkey::error::Error;
use latchkey::http::return_to::ReturnTo;
use latchkey::http::{Request, Response, SignedIn, StatusCode};
use latchkey::mail::{Mail, Message};
use latchkey::password::Password;
use latchkey::session::NewSession;
use latchkey::store::{Credential, LoginAttempt, VerifiedLogin};

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
            client: request.client_info(),
            request_id: &request.id,
            now: request.now,
        };
        let verified = self.verifier.verify(&attempt, &typed.password).await?;
        let VerifiedLogin { credential, is_outdated, device, counted } = verified;

        let (user_id, client, limiter) =
            (credential.user_id.clone(), attempt.client.clone(), &self.verifier.limiter);
        let new = NewSession::new(user_id, credential.epoch, client, self.lifetimes, request.now)?;
        let new = new.of_kind(typed.kind);
        let deletion = limiter.deletion(&counted)?;
        let (user, (), mail) = tokio::join!(
            self.sessions.begin(&new.session, &credential, request.presented.as_ref(), deletion),
            // The password is correct, even if the session cannot be written.
            limiter.release_slot(&counted),
            self.tell_of_login(&attempt, &credential, device.is_none()),
        );
        let user = user?;
        if is_outdated {
            self.rehash(&user, &credential, &typed.password).await;
        }
        let device = device.map(|device| device.id);
        let signed_in = SignedIn { user: &user, new: &new, device, return_to };
        let mail_id = mail.as_ref().map(|mail| mail.mail_id.as_str());
        Ok(self.site.signed_in(request, StatusCode::OK, signed_in)?.with_mail(mail_id))
    }

    /// Writes a mail that tells of a login on a device that the account does not know. It is written while the user is
    /// read, so it may be for one who gets none; the mailer drops it.
    async fn tell_of_login(
        &self,
        attempt: &LoginAttempt<'_>,
        credential: &Credential,
        is_unknown: bool,
    ) -> Option<Mail> {
        if !(is_unknown && self.tells_of_logins) {
            return None;
        }
        self.verifier.tell(Message::NewSignIn { user_id: credential.user_id.clone() }, attempt).await
    }

    /// Replaces the outdated hash on both credentials of the user. Otherwise the identifier that the user never types
    /// would keep a cheaper hash. If this fails, the login continues.
    async fn rehash(&self, user: &User, verified: &Credential, password: &Password) {
        let (Some(old_hash), Ok(new_hash)) = (&verified.password_hash, self.verifier.hasher.hash(password))
        else {
            return;
        };
        let [username, email] = user.identifiers();
        let (username, email) = tokio::join!(
            self.verifier.credentials.rehash(&username, old_hash, &new_hash),
            self.verifier.credentials.rehash(&email, old_hash, &new_hash),
        );
        if let Err(error) = username.and(email) {
            tracing::warn!("an outdated password hash could not be replaced: {error}");
        }
    }
}
