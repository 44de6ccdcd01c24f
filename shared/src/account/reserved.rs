//! Usernames that no user may choose, because their holder would seem to speak for the site.
//!
//! Names are compared by their skeletons, so `Adm1n`, `ad.min` and `admin_2` are reserved as well as `admin`.

use validator::ValidationError;

use crate::config::{ConfigError, Environment};
use crate::violation::violation;

/// The names that are reserved on every site.
const ALWAYS: &str = "abuse account accounts admin administrator admins billing contact favicon.ico help hostmaster \
    info latchkey login logout mail moderator moderators noreply null official operator password postmaster profile \
    robots.txt root security settings signup staff superuser support sysadmin system undefined webmaster";

/// The names that are reserved on one site, besides those that are reserved on every site.
#[derive(Debug, Clone)]
pub struct ReservedUsernames(Vec<String>);

impl ReservedUsernames {
    /// Reads `RESERVED_USERNAMES` (default none): names, separated by commas. The name of the application, in
    /// `APPLICATION_NAME`, is reserved as well.
    ///
    /// # Errors
    /// When a name has other characters than letters from a to z, digits, dots, hyphens and underscores, or no letter.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let names: Vec<&str> =
            environment.list("RESERVED_USERNAMES").filter(|name| !name.is_empty()).collect();
        let is_name = |name: &str| {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
                && name.bytes().any(|byte| byte.is_ascii_alphabetic())
        };
        if !names.iter().all(|name| is_name(name)) {
            return Err(ConfigError::new(
                "RESERVED_USERNAMES",
                "must be names of letters from a to z, digits, '.', '-' and '_', separated by commas",
            ));
        }
        let application = environment.get("APPLICATION_NAME").unwrap_or_default();
        let skeletons = names.into_iter().chain([application]).map(skeleton);
        Ok(Self(skeletons.filter(|skeleton| !skeleton.is_empty()).collect()))
    }

    /// Checks that a username is not reserved on this site.
    ///
    /// # Errors
    /// `reserved`.
    pub(super) fn check(&self, username: &str) -> Result<(), ValidationError> {
        check(username, self.0.iter().cloned())
    }
}

/// Checks that a username is not reserved on every site.
///
/// # Errors
/// `reserved`.
pub(super) fn check_always(username: &str) -> Result<(), ValidationError> {
    check(username, ALWAYS.split_whitespace().map(skeleton))
}

fn check(username: &str, mut reserved: impl Iterator<Item = String>) -> Result<(), ValidationError> {
    let own = skeletons(username);
    if reserved.any(|skeleton| own.contains(&skeleton)) {
        return Err(violation("reserved", "This name is reserved. Choose another."));
    }
    Ok(())
}

/// The skeletons of a name: with the digits around it, which may be lookalikes of letters, and without them.
fn skeletons(name: &str) -> [String; 2] {
    let is_around = |character: char| !character.is_ascii_alphabetic();
    [skeleton(name), skeleton(name.trim_matches(is_around))]
}

/// A name as a careless reader sees it: in lower case, without separators, with an `o` for each 0, with an `l` for each
/// `i` and 1, and without other digits.
fn skeleton(name: &str) -> String {
    let seen = |character: char| match character.to_ascii_lowercase() {
        '0' => Some('o'),
        '1' | 'i' => Some('l'),
        letter => Some(letter).filter(char::is_ascii_lowercase),
    };
    name.chars().filter_map(seen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reserved_names(value: &str) -> Result<ReservedUsernames, ConfigError> {
        let variables = [("RESERVED_USERNAMES", value), ("APPLICATION_NAME", "Acme & Söhne")];
        ReservedUsernames::from_environment(&Environment::from_pairs(&variables))
    }

    #[test]
    fn a_name_that_a_careless_reader_takes_for_a_reserved_one_is_refused() {
        for name in [
            "admin",
            "ADMIN",
            "Adm1n",
            "adm1n1",
            "ad.min",
            "a-d-m-i-n",
            "admin1",
            "admin2026",
            "1admin",
            "admins",
            "r00t",
            "ro.ot",
            "root_7",
            "he1p",
            "supp0rt",
            "support.1",
            "1nfo",
            "no-reply",
            "web.master",
            "nu11",
            "favicon.ico",
            "account",
            "settings",
        ] {
            assert_eq!(
                check_always(name).map_err(|error| error.code.into_owned()),
                Err("reserved".to_owned()),
                "{name}"
            );
        }
        for name in [
            "ada.lovelace",
            "1234",
            "1.0.1.0",
            "administer",
            "badmin",
            "roots",
            "robin",
            "helper",
            "ada-admin",
        ] {
            assert!(check_always(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_site_reserves_names_of_its_own_and_that_of_the_application() {
        let names = reserved_names("Security-Team, ceo ,,x_1").unwrap();
        let is_reserved = |name: &str| names.check(name).is_err();
        for name in ["security.team", "securityteam2", "ceo1", "c.e.o", "acmeshne", "ACME.shne", "x1.x1"] {
            assert_eq!(is_reserved(name), name != "x1.x1", "{name}");
        }
        assert!(!is_reserved("ada1") && !is_reserved("1234"));
        assert!(reserved_names("").is_ok());
        for value in ["a b", "ä", "1,2", "ceo;cto", "ceo\ncto", "."] {
            assert!(
                reserved_names(value).unwrap_err().to_string().contains("separated by commas"),
                "{value:?}"
            );
        }
    }
}
