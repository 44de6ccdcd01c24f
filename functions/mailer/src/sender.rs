//! Amazon SES, through its own client: a misspelt member of a request would be ignored, such as the one that turns
//! tracking off.

use aws_sdk_sesv2::config::Builder;
use aws_sdk_sesv2::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sesv2::types::{
    Body, ConfigurationOverrides, Content, Destination, EmailContent, FeatureStatus, Message, MessageHeader,
    MessageTag, TrackingConfigurationOverrides,
};
use aws_sdk_sesv2::{Client, error::BuildError};
use latchkey::aws::{self, Aws, WithoutExtras};
use latchkey::config::Environment;
use latchkey::error::{Cause, Error};

use crate::letter::Letter;

/// The codes of SES after which another try may succeed, perhaps once an operator has changed something. Every other
/// error that is not the server's own is final: a mail that fails for ever would hold up those behind it.
const PASSING: [&str; 12] = [
    "AccessDenied",
    "AccessDeniedException",
    "AccountSuspendedException",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "LimitExceededException",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
    "SendingPausedException",
    "ThrottlingException",
    "TooManyRequestsException",
    "UnrecognizedClientException",
];

/// Sends mails.
#[derive(Debug)]
pub(crate) struct Sender {
    client: Client,
    configuration_set: Option<String>,
}

/// Why a mail was not sent.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// Another try may succeed, perhaps after an operator has changed something in the account.
    Passing(Error),
    /// SES will never take this mail.
    Final(Error),
}

impl From<BuildError> for Unsent {
    fn from(error: BuildError) -> Self {
        Self::Final(Error::Internal(Cause::from_error(&error)))
    }
}

impl Sender {
    /// SES with the configuration set that `CONFIGURATION_SET` names, or with the account's default.
    pub(crate) fn new(aws: &Aws, environment: &Environment) -> Self {
        let settings = Builder::from(&aws.ses()).interceptor(WithoutExtras).build();
        Self {
            client: Client::from_conf(settings),
            configuration_set: environment.get("CONFIGURATION_SET").map(str::to_owned),
        }
    }

    /// Sends a mail, and returns the id that SES gives it.
    pub(crate) async fn send(&self, letter: &Letter) -> Result<String, Unsent> {
        let text = |data: &str| Content::builder().data(data).charset("UTF-8").build();
        let body = Body::builder().text(text(&letter.text)?).html(text(&letter.html)?).build();
        let header = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build()?;
        let message = Message::builder().subject(text(&letter.subject)?).body(body).headers(header).build();
        // Whatever the account's default is: tracking leads links through AWS's redirector, and with them a secret.
        let tracking = TrackingConfigurationOverrides::builder()
            .open_tracking_enabled(FeatureStatus::Disabled)
            .click_tracking_enabled(FeatureStatus::Disabled)
            .build();
        let sent = self
            .client
            .send_email()
            .from_email_address(&letter.from)
            .destination(Destination::builder().to_addresses(&letter.to).build())
            .set_reply_to_addresses(letter.reply_to.clone().map(|address| vec![address]))
            .content(EmailContent::builder().simple(message).build())
            .email_tags(MessageTag::builder().name("kind").value(letter.kind).build()?)
            .set_configuration_set_name(self.configuration_set.clone())
            .configuration_overrides(ConfigurationOverrides::builder().tracking(tracking).build())
            .send()
            .await;
        let sent = sent.map_err(|error| {
            let code = error.as_service_error().and_then(|error| error.code());
            // The message of SES may contain the address of the reader.
            let cause = match &error {
                SdkError::ServiceError(failed) => {
                    let status = failed.raw().status();
                    Error::Unavailable(Cause::new(&format!("{} (HTTP {status})", code.unwrap_or("no code"))))
                }
                _ => aws::failure(&error),
            };
            let is_refused = error.raw_response().is_some_and(|response| response.status().is_client_error());
            let is_passing = code.is_some_and(|code| PASSING.contains(&code));
            let is_final = is_refused && !is_passing || matches!(error, SdkError::ConstructionFailure(_));
            if is_final { Unsent::Final(cause) } else { Unsent::Passing(cause) }
        })?;
        Ok(sent.message_id.unwrap_or_default())
    }
}
