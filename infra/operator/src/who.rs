//! Who a command is about. It names exactly one user: no pattern, no list, and no empty text.

use latchkey::account::{Identifier, User, UserId, imported_id};
use latchkey::store::{Inspector, Users};

use crate::output::escaped;
use crate::stop::{Code, Stop};

/// The name of one user.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// What the user types at a login.
    Identifier(Identifier),
    /// The user's id.
    Id(UserId),
}

impl Who {
    pub(crate) fn parse(text: &str) -> Result<Self, Stop> {
        if let Some(id) = text.strip_prefix("id:") {
            let id = UserId::parse(id);
            return id.map(Self::Id).ok_or_else(|| Stop::new(Code::Usage, "an id has 22 characters"));
        }
        if let Some(external) = text.strip_prefix("external:") {
            let parts = external.split_once('/').filter(|(source, id)| !source.is_empty() && !id.is_empty());
            let id = parts.map(|(source, id)| Self::Id(imported_id(source, id)));
            return id.ok_or_else(|| Stop::new(Code::Usage, "write it like external:SOURCE/42"));
        }
        Identifier::parse(text).map(Self::Identifier).map_err(|error| {
            let reason = error.message.unwrap_or_default();
            Stop::new(Code::Usage, format!("{} names no user: {reason}", escaped(text)))
        })
    }

    /// Whether it is the name of this user.
    pub(crate) fn is(&self, user: &User) -> bool {
        match self {
            Self::Id(id) => *id == user.user_id,
            Self::Identifier(identifier) => user.identifiers().contains(identifier),
        }
    }

    async fn find(&self, users: &Users, inspector: &Inspector) -> Result<Option<User>, Stop> {
        let user_id = match self {
            Self::Id(user_id) => Some(user_id.clone()),
            Self::Identifier(identifier) => inspector.find(identifier).await?.map(|seen| seen.user_id),
        };
        match user_id {
            Some(user_id) => Ok(users.get(&user_id).await?),
            None => Ok(None),
        }
    }
}

/// The user of this name.
pub(crate) async fn find(text: &str, users: &Users, inspector: &Inspector) -> Result<User, Stop> {
    Who::parse(text)?.find(users, inspector).await?.ok_or_else(|| {
        let name = escaped(text);
        let detail = format!("no one is called {name}: `latchkey user list --search` finds a part of a name");
        Stop::new(Code::NotFound, detail)
    })
}

/// What the log says instead of this name, by the field: all names of the user, or this one if no user has it.
pub(crate) async fn names(
    text: &str,
    users: &Users,
    inspector: &Inspector,
) -> Result<Vec<(&'static str, String)>, Stop> {
    let who = Who::parse(text)?;
    let of_user = |id: &UserId| ("user", id.as_str().to_owned());
    let of_identifier = |identifier: &Identifier| ("identifier", identifier.as_str().to_owned());
    Ok(match (who.find(users, inspector).await?, &who) {
        (Some(user), _) => {
            // The typed one may be a former one.
            let typed = if let Who::Identifier(identifier) = &who { Some(identifier.clone()) } else { None };
            let present = user.identifiers();
            let former = typed.filter(|typed| !present.contains(typed));
            present.iter().chain(&former).map(of_identifier).chain([of_user(&user.user_id)]).collect()
        }
        (None, Who::Id(id)) => vec![of_user(id)],
        (None, Who::Identifier(identifier)) => vec![of_identifier(identifier)],
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
