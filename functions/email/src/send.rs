//! Mails with a link.

use latchkey::account::User;
use latchkey::http::problem::Code;
use latchkey::http::{Failure, Format, Notice, Request, Response, StatusCode};
use latchkey::mail::{Mail, Message};
use latchkey::store::{AskedMail, Mails};

use crate::Email;

impl Email {
    pub(crate) async fn resend(&self, request: &Request, mails: &Mails) -> Result<Response, Failure> {
        let found = self.sessions.find(request.presented.as_ref(), request.now).await?;
        let (_, user) = found.ok_or(Code::Unauthenticated)?;
        self.send_again(request, mails, user).await
    }

    /// Another mail to the address of a user.
    pub(crate) async fn send_again(
        &self,
        request: &Request,
        mails: &Mails,
        user: User,
    ) -> Result<Response, Failure> {
        let is_page = request.format == Format::Html;
        if user.email_verified_at.is_some() {
            // The profile says the rest.
            return if is_page {
                Ok(Response::see_other("/profile"))
            } else {
                Err(Code::AlreadyVerified.into())
            };
        }
        let [_, email] = user.identifiers();
        self.limiter.attempt(AskedMail::Confirmation, &email, request.source_ip(), request.now).await?;
        self.send(request, mails, Message::ConfirmEmail { user_id: user.user_id }).await
    }

    /// Writes a mail with a link.
    pub(crate) async fn send(
        &self,
        request: &Request,
        mails: &Mails,
        message: Message,
    ) -> Result<Response, Failure> {
        let mail = Mail::new(message, &request.client_info(), request.now)?;
        mails.put(&mail).await?;
        let response = match request.format {
            Format::Html => self.site.see("/profile", Notice::MailSent),
            Format::Json => Response::empty(StatusCode::ACCEPTED),
        };
        Ok(response.with_mail(Some(mail.mail_id.as_str())))
    }
}
