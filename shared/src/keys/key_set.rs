//! The set of the signing keys of a stack.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use crate::error::Error;
use crate::keys::hs256;
use crate::keys::key::{Key, Subkey, decode, derive, extract, signs_from};
use crate::random;
use crate::time::{Seconds, Timestamp};

/// The signing keys of a stack. There is at least one.
pub struct KeySet {
    first: Arc<Key>,
    /// In the order of the times from which they sign.
    later: Vec<Arc<Key>>,
    /// The secret of the counters.
    pub(super) counters: Vec<u8>,
}

impl KeySet {
    /// The form of a set as text, as the end of a sentence for the operator who has to write one.
    pub const SHAPE: &'static str = "must be a JSON object like {\"0\": \"…\"}: each name is the time from which the \
        key signs, in seconds since 1970, and each value is at least 32 random bytes in base64url";
    /// The name of the member with the secret of the counters.
    pub(super) const COUNTERS: &'static str = "counters";

    /// The text of a set with one new key, which signs from this time on.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no random bytes.
    pub fn first(signs_from: Timestamp) -> Result<String, Error> {
        Ok(json!({ signs_from.as_seconds().to_string(): new_secret()? }).to_string())
    }

    /// Parses a set. `None` unless the text has the form that [`Self::SHAPE`] describes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        hs256::install();
        let members: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        // A later version may have members of its own, to which a rollback must not object.
        let is_key = |kid: &String| kid.bytes().any(|byte| byte.is_ascii_digit());
        let keys = members.iter().filter(|(kid, _)| is_key(kid));
        let keys = keys.map(|(kid, secret)| Key::parse(kid.clone(), secret).map(Arc::new));
        let mut keys: Vec<Arc<Key>> = keys.collect::<Option<_>>()?;
        keys.sort_by_key(|key| key.signs_from);
        let mut keys = keys.into_iter();
        let first = keys.next()?;
        let counters = match members.get(Self::COUNTERS) {
            Some(secret) => decode(secret)?,
            None => derive(&extract(&decode(members.get(first.kid())?)?), b"latchkey/counters")?.to_vec(),
        };
        Some(Self { first, later: keys.collect(), counters })
    }

    /// The key that signs at `now`: the latest whose time has come. If no time has come yet, the first key signs.
    #[must_use]
    pub fn signing(&self, now: Timestamp) -> &Arc<Key> {
        self.later.iter().rfind(|key| key.signs_from <= now).unwrap_or(&self.first)
    }

    /// Whether a key with this name would sign since a moment ago, at most `recent`, instead of all keys of the set.
    pub(super) fn may_be_followed_by(&self, kid: &str, recent: Seconds, now: Timestamp) -> bool {
        let is_next =
            |from| from <= now && now - from <= recent && self.all().all(|key| key.signs_from < from);
        signs_from(kid).is_some_and(is_next)
    }

    /// All keys, in the order of the times from which they sign.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Key>> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The key of a counter in the limits table: a keyed hash of what it counts, as 43 characters of base64url.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be computed.
    pub fn counter(&self, counts: &str) -> Result<String, Error> {
        Subkey::new(&self.counters).hmac("counter", counts)
    }

    /// The key with this name.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Arc<Key>> {
        self.all().find(|key| key.kid() == kid)
    }
}

/// The secret of a new key, in the form of a member.
pub(super) fn new_secret() -> Result<String, Error> {
    Ok(BASE64URL_NOPAD.encode(&random::bytes::<32>()?))
}

impl fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeySet(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 32 bytes.
    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    #[test]
    fn the_latest_key_whose_time_has_come_signs_and_all_are_found() {
        let keys = format!(r#"{{"1000":"{SECRET}","0":"{SECRET}","90":"{SECRET}="}}"#);
        let keys = KeySet::parse(&keys).unwrap();
        for (now, kid) in [(-1, "0"), (0, "0"), (89, "0"), (90, "90"), (999, "90"), (1_000, "1000")] {
            assert_eq!(keys.signing(Timestamp::from_seconds(now)).kid(), kid, "{now}");
        }
        for kid in ["0", "90", "1000"] {
            assert_eq!(keys.find(kid).unwrap().kid(), kid);
        }
        assert!(keys.find("1").is_none());
        let future = KeySet::parse(&format!(r#"{{"1000":"{SECRET}"}}"#)).unwrap();
        assert_eq!(future.signing(Timestamp::from_seconds(0)).kid(), "1000");
    }

    #[test]
    fn members_of_a_later_version_are_ignored() {
        let keys = KeySet::parse(&format!(r#"{{"0":"{SECRET}","later":"","counters":"{SECRET}"}}"#)).unwrap();
        assert_eq!(keys.all().count(), 1);
    }

    #[test]
    fn a_set_without_keys_or_with_a_malformed_one_is_none() {
        for text in [
            String::new(),
            "{}".to_owned(),
            "[]".to_owned(),
            format!("0:{SECRET}"),
            format!(r#"{{"0":"{SECRET}""#),
            format!(r#"{{"0":"{}"}}"#, &SECRET[..42]),
            format!(r#"{{"0":"{SECRET}","1":""}}"#),
            r#"{"0":"correct horse battery staple, and more of it"}"#.to_owned(),
            r#"{"0":["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"]}"#.to_owned(),
            format!(r#"{{"00":"{SECRET}"}}"#),
            format!(r#"{{"-1":"{SECRET}"}}"#),
            format!(r#"{{"+1":"{SECRET}"}}"#),
            format!(r#"{{"1.5":"{SECRET}"}}"#),
            format!(r#"{{"local":"{SECRET}"}}"#),
            format!(r#"{{"counters":"{SECRET}"}}"#),
            format!(r#"{{"0":"{SECRET}","counters":"short"}}"#),
            format!(r#"{{"99999999999999999999":"{SECRET}"}}"#),
        ] {
            assert!(KeySet::parse(&text).is_none(), "{text}");
        }
    }
}
