//! A rotation of a secret, in the four steps of Secrets Manager. Each step may be repeated.

use crate::error::Error;
use crate::keys::secret::{Secret, Version};
use crate::time::Timestamp;

const REPLACED: &str = "the new version of the secret does not continue the current one";

/// A step of a rotation, as Secrets Manager names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Create the new version of the secret.
    CreateSecret,
    /// Set the secret in the service that it belongs to. There is no such service, so this does nothing.
    SetSecret,
    /// Check the new version.
    TestSecret,
    /// Make the new version the current one.
    FinishSecret,
}

/// A set of keys in a secret that rotates.
pub trait Rotated: Sync {
    /// The secret.
    fn secret(&self) -> &Secret;

    /// The text of the next version.
    ///
    /// # Errors
    /// [`Error::Internal`] when the current version is no set of keys.
    fn next(&self, current: &str, now: Timestamp) -> Result<String, Error>;

    /// Whether the next version continues the current one. An operator may have replaced leaked keys in the meantime,
    /// and the rotation must not bring them back.
    fn continues(&self, current: &str, next: &str, now: Timestamp) -> bool;

    /// Makes known what others have to know before a key of the next version signs.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    fn publish(
        &self,
        _current: &str,
        _next: &str,
        _now: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// Whether the others can know it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    fn is_published(&self, _next: &str) -> impl Future<Output = Result<bool, Error>> + Send {
        std::future::ready(Ok(true))
    }
}

/// Takes one step of a rotation. `token` names the rotation and the version of the secret that it creates.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Internal`]. The functions continue with the keys that they have, and Secrets
/// Manager tries again.
pub async fn take(rotated: &impl Rotated, step: Step, token: &str, now: Timestamp) -> Result<(), Error> {
    match step {
        Step::CreateSecret => create(rotated, token, now).await,
        Step::SetSecret => Ok(()),
        Step::TestSecret => {
            let current = rotated.secret().current().await?;
            test(rotated, token, &current, now).await
        }
        Step::FinishSecret => finish(rotated, token, now).await,
    }
}

async fn create(rotated: &impl Rotated, token: &str, now: Timestamp) -> Result<(), Error> {
    let secret = rotated.secret();
    let pending = secret.pending(token).await?;
    let current = secret.current().await?;
    if let Some(pending) = pending {
        // An earlier attempt has written it. What an operator has replaced meanwhile must not be published again.
        if !rotated.continues(&current.text, &pending.text, now) {
            return Err(Error::internal(REPLACED));
        }
        return rotated.publish(&current.text, &pending.text, now).await;
    }
    let next = rotated.next(&current.text, now)?;
    // To make a key takes seconds. Another rotation or an operator may have replaced the keys meanwhile.
    if secret.current().await?.id != current.id {
        return Err(Error::internal(REPLACED));
    }
    rotated.publish(&current.text, &next, now).await?;
    secret.put_pending(token, &next).await
}

async fn test(rotated: &impl Rotated, token: &str, current: &Version, now: Timestamp) -> Result<(), Error> {
    let pending = rotated.secret().pending(token).await?;
    let pending = pending.filter(|pending| rotated.continues(&current.text, &pending.text, now));
    let Some(pending) = pending else {
        return Err(Error::internal(REPLACED));
    };
    if rotated.is_published(&pending.text).await? {
        return Ok(());
    }
    Err(Error::internal("a key of the new version of the secret is not published"))
}

async fn finish(rotated: &impl Rotated, token: &str, now: Timestamp) -> Result<(), Error> {
    let secret = rotated.secret();
    let current = secret.current().await?;
    // Otherwise an earlier attempt has done it.
    if current.id != token {
        test(rotated, token, &current, now).await?;
        let done = secret.make_current(token, &current.id).await;
        // An attempt whose response was lost may have done it.
        if done.is_err() && secret.current().await?.id != token {
            return done;
        }
    }
    secret.end_pending(token).await
}
