//! The counters: what each one counts.

use std::net::{IpAddr, Ipv6Addr};

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::session::device_id::DeviceId;

/// A mail that is asked for. Each kind has counters of its own: who asks for mails that do nothing for their reader
/// does not keep the reader from getting those that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedMail {
    /// For a new password.
    Reset,
    /// To sign up.
    SignUp,
    /// To confirm the address of an account.
    Confirmation,
    /// To confirm the address that an account is to have.
    NewAddress,
}

/// What a counter counts: its kind and an identifier, a device or an address, joined by a `#`. The limits table has
/// only a keyed hash of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter(String);

impl Counter {
    /// The failures of an identifier.
    #[must_use]
    pub fn identifier(identifier: &Identifier) -> Self {
        Self::new("identifier", identifier.as_str())
    }

    /// The failures on a device.
    #[must_use]
    pub fn device(device: &DeviceId) -> Self {
        Self::new("device", device.as_str())
    }

    /// The logins from an address.
    #[must_use]
    pub fn login_from(address: Option<IpAddr>) -> Self {
        Self::new("login", &subscriber_network(address))
    }

    /// The sign-ups from an address.
    #[must_use]
    pub fn signup_from(address: Option<IpAddr>) -> Self {
        Self::new("signup", &subscriber_network(address))
    }

    /// The mails of one kind that were asked for with an identifier.
    #[must_use]
    pub fn mails_to(identifier: &Identifier, kind: AskedMail) -> Self {
        let kind = match kind {
            AskedMail::Reset => "reset-mail",
            AskedMail::SignUp => "signup-mail",
            AskedMail::Confirmation => "confirmation-mail",
            AskedMail::NewAddress => "address-mail",
        };
        Self::new(kind, identifier.as_str())
    }

    /// The changes of one kind of an account.
    #[must_use]
    pub fn changes_of(user_id: &UserId, kind: &str) -> Self {
        Self::new(&format!("changes-{kind}"), user_id.as_str())
    }

    /// The mails that were asked for from an address.
    #[must_use]
    pub fn mails_from(address: Option<IpAddr>) -> Self {
        Self::new("mailer", &subscriber_network(address))
    }

    fn new(kind: &str, what: &str) -> Self {
        Self(format!("{kind}#{what}"))
    }

    /// What it counts, as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The network of one subscriber: an IPv4 address, or the first 64 bits of an IPv6 address. Without an address it is
/// `unknown`, so all such requests share one counter.
#[must_use]
pub fn subscriber_network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_has_one_counter() {
        let key = |text: &str| Counter::login_from(text.parse().ok());
        assert_eq!(key("203.0.113.7"), key("::ffff:203.0.113.7"));
        assert_ne!(key("203.0.113.7"), key("203.0.113.8"));
        assert_eq!(key("2001:db8::1"), key("2001:db8:0:0:ffff::2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("nonsense"), Counter::login_from(None));
        assert_ne!(key("nonsense"), key("0.0.0.0"));
        assert_ne!(Counter::login_from(None), Counter::signup_from(None));
    }
}
