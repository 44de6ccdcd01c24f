//! The end of an account.

use latchkey::account::{User, Username};
use latchkey::error::Error;
use latchkey::http::{Failure, Form, Format, Notice, Request, Response, StatusCode, body};
use latchkey::mail::{Mail, Message};
use latchkey::store::Change;
use latchkey::violation::violation;

use crate::OwnAccount;
use crate::page::DeletionPage;

/// The field of the form.
pub(crate) const FIELDS: [&str; 1] = ["username"];

impl OwnAccount {
    pub(crate) async fn show_deletion(&self, request: &Request) -> Result<Response, Failure> {
        let (_, user) = self.find_fresh(request).await?;
        Ok(self.deletion_page(request, Form::empty(&FIELDS), user.email_verified_at.is_some())?)
    }

    /// `is_confirmed`: whether the email address is, so that the account can be taken back.
    pub(crate) fn deletion_page(
        &self,
        request: &Request,
        form: Form<'_>,
        is_confirmed: bool,
    ) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        layout.page(form.status(), &DeletionPage { layout, form, is_confirmed })
    }

    pub(crate) async fn delete(&self, request: &Request) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        let typed = input.required("username", |text| match Username::parse(text) {
            Err(error) if error.code == "required" => Err(error),
            parsed => Ok(parsed.ok()),
        });
        let typed = input.finish(typed)?;
        let (_, user) = self.find_fresh(request).await?;
        if typed.is_none_or(|typed| typed.canonical() != user.username_canonical) {
            let error = violation("invalid", "Type the username of this account.");
            return Err(Error::invalid_field("username", error).into());
        }
        self.changes.attempt(Change::Deletion, &user.user_id, request.now).await?;
        let message = Message::AccountDeleted { user_id: user.user_id.clone() };
        let mail = Mail::new(message, &request.client_info(), request.now)?;
        let mail = &mail;
        let delete = |user: User| async move {
            let is_deleted = self.accounts.delete(&user, mail).await?;
            Ok(is_deleted.then_some(user))
        };
        let user = self.change(request, user, delete).await?;
        self.sessions.delete_items(&user.user_id).await;

        let can_return = self.site.layout.has_mail && user.email_verified_at.is_some();
        let notice = if can_return { Notice::AccountDeletedForNow } else { Notice::AccountDeleted };
        let response = match request.format {
            Format::Html => self.site.see("/", notice),
            Format::Json => Response::empty(StatusCode::NO_CONTENT),
        };
        let cookies = self.site.cookies.clear(request.now).into_iter();
        let cookies = cookies.chain([self.site.cookies.forget_device()]);
        let response = cookies.fold(response, Response::with_cookie).with_user(&user.user_id);
        Ok(response.with_mail(can_return.then_some(mail.mail_id.as_str())))
    }
}
