//! What a session records about its client.

use std::net::{IpAddr, Ipv6Addr};

use crate::session::browser;

/// Where a session began, so that it can be recognised later.
#[derive(Debug, Clone)]
pub struct ClientInfo {
    /// The header `User-Agent`, cut to at most [`ClientInfo::USER_AGENT_BYTES`].
    pub user_agent: Option<String>,
    /// The client's network: the first 24 bits of an IPv4 address, like `203.0.113.0/24`, or the first 48 bits of an
    /// IPv6 address.
    pub network: Option<String>,
}

impl ClientInfo {
    /// The most bytes of a user agent that a session keeps.
    pub const USER_AGENT_BYTES: usize = 256;

    /// What a session keeps of this user agent and this address.
    #[must_use]
    pub fn new(user_agent: Option<&str>, address: Option<IpAddr>) -> Self {
        let user_agent = user_agent.filter(|text| !text.is_empty()).map(|text| {
            let end = text.floor_char_boundary(Self::USER_AGENT_BYTES);
            text.get(..end).unwrap_or_default().to_owned()
        });
        Self { user_agent, network: address.map(coarse_network) }
    }

    /// The browser and the system, as the client names them, like `Firefox on Linux`, or `a program`.
    #[must_use]
    pub fn name(&self) -> String {
        browser::name(self.user_agent.as_deref().unwrap_or_default())
    }
}

/// The client of a mail that an operator causes.
pub(crate) const OPERATOR: &str = "the operator";

/// The client of a session or of a mail, as a text for people: one of our own words, whatever the item says.
#[must_use]
pub(crate) fn client_in_words(name: &str) -> &str {
    let is_known = browser::is_name(name) || name == OPERATOR;
    if is_known { name } else { "a program" }
}

/// The first 24 bits of an IPv4 address, like `203.0.113.0/24`, or the first 48 bits of an IPv6 address.
pub(crate) fn coarse_network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_keeps_a_short_user_agent_and_a_coarse_network() {
        let client = ClientInfo::new(Some(&"é".repeat(200)), "203.0.113.77".parse().ok());
        assert_eq!(client.user_agent.unwrap().len(), 256);
        assert_eq!(client.network.unwrap(), "203.0.113.0/24");
        assert_eq!(coarse_network("2001:db8:1:2:3::4".parse().unwrap()), "2001:db8:1::/48");
        assert_eq!(coarse_network("::ffff:203.0.113.77".parse().unwrap()), "203.0.113.0/24");
    }
}
