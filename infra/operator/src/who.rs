//! Who a command is about. It names exactly one user: no pattern, no list, and no empty text.

use latchkey::account::{Identifier, User, UserId};
use latchkey::store::{Inspector, Users};

use crate::output::escaped;
use crate::stop::{Code, Stop};

/// The name of one user.
#[derive(Debug, PartialEq, Eq)]
enum Who {
    /// What the user types at a login.
    Identifier(Identifier),
    /// The user's id.
    Id(UserId),
}

impl Who {
    fn parse(text: &str) -> Result<Self, Stop> {
        if let Some(id) = text.strip_prefix("id:") {
            let id = UserId::parse(id);
            return id.map(Self::Id).ok_or_else(|| Stop::new(Code::Usage, "an id has 22 characters"));
        }
        Identifier::parse(text).map(Self::Identifier).map_err(|error| {
            let reason = error.message.unwrap_or_default();
            Stop::new(Code::Usage, format!("{} names no user: {reason}", escaped(text)))
        })
    }
}

/// The user of this name.
pub(crate) async fn find(text: &str, users: &Users, inspector: &Inspector) -> Result<User, Stop> {
    let user_id = match Who::parse(text)? {
        Who::Id(user_id) => Some(user_id),
        Who::Identifier(identifier) => inspector.find(&identifier).await?.map(|seen| seen.user_id),
    };
    let user = match user_id {
        Some(user_id) => users.get(&user_id).await?,
        None => None,
    };
    user.ok_or_else(|| {
        let detail = format!("no one is called {}; a part of a name finds no one", escaped(text));
        Stop::new(Code::NotFound, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_a_login_reads_it() {
        let identifier = |text| Who::Identifier(Identifier::parse(text).unwrap());
        assert_eq!(Who::parse(" Ada.L ").unwrap(), identifier("ada.l"));
        assert_eq!(Who::parse("Ada@Example.COM").unwrap(), identifier("ada@example.com"));
        assert!(matches!(Who::parse("id:Nf48yiBjydqZU0IVJVtESw").unwrap(), Who::Id(_)));
        for text in ["", " ", "id:", "id:x", "\u{200b}", "a\u{200b}b"] {
            assert_eq!(Who::parse(text).unwrap_err().code, Code::Usage, "{text:?}");
        }
    }
}
