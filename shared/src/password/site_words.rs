//! The words that an attacker who knows the site and the account tries first, with digits and signs around them (NIST
//! SP 800-63B-4, 3.1.1.2: context-specific words).

use crate::account::email::Email;
use crate::account::username::Username;
use crate::config::Environment;

/// The shortest word that counts. Below it, the rest of a password decides.
const SHORTEST: usize = 3;
/// A word with at most this many digits and signs around it counts as a word. With more of them, they alone would be
/// long enough for a password.
const MOST_AROUND: usize = 7;

/// The words of a site: the names of the application and of the stack, and the host, each whole and in its parts.
#[derive(Debug, Clone)]
pub struct SiteWords(Vec<String>);

impl SiteWords {
    /// The words of `APPLICATION_NAME`, `STACK_NAME` and `PUBLIC_ORIGIN`, as far as they are set.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        let names = ["APPLICATION_NAME", "STACK_NAME", "PUBLIC_ORIGIN"];
        let texts = names.into_iter().filter_map(|name| environment.get(name));
        Self(texts.flat_map(words).collect())
    }

    /// Whether a password is one of the words of the site or of the account, perhaps with digits and signs around it.
    pub(super) fn contains(
        &self,
        password: &str,
        username: Option<&Username>,
        email: Option<&Email>,
    ) -> bool {
        let password = password.to_lowercase();
        let username = username.map(Username::canonical);
        let email = email.iter().flat_map(|email| [email.as_str(), email.local_part()]);
        let words = self.0.iter().map(String::as_str).chain(username.as_deref()).chain(email);
        words
            .into_iter()
            .any(|word| word == password || core(word) == core(&password) && core(word).is_some())
    }
}

/// The word within a text in lower case, without the digits and signs around it. `None` if it is too short, or if there
/// is too much around it.
pub(super) fn core(text: &str) -> Option<&str> {
    let core = text.trim_matches(|character: char| !character.is_alphabetic());
    let around = text.chars().count() - core.chars().count();
    Some(core).filter(|core| core.chars().count() >= SHORTEST && around <= MOST_AROUND)
}

/// A text in lower case: whole, without spaces and signs, and each of its longer parts.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let parts = text.split(|character: char| !character.is_alphanumeric());
    let long = parts.clone().filter(|part| part.chars().count() > SHORTEST).map(str::to_owned);
    [text.clone(), parts.collect()].into_iter().chain(long).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_of_a_text_is_the_word_within_it() {
        assert_eq!(core("password123!"), Some("password"));
        assert_eq!(core("(ada.l)1234"), Some("ada.l"));
        assert_eq!(core("word"), Some("word"));
        assert_eq!(core("über-1"), Some("über"));
        for text in ["12345678", "", "!!ab123", "word12345678", "1234word5678", "🙂🙂🙂🙂"] {
            assert_eq!(core(text), None, "{text}");
        }
    }

    #[test]
    fn the_words_of_a_site_are_its_names_and_their_parts() {
        let variables = [
            ("APPLICATION_NAME", "Acme Söhne"),
            ("STACK_NAME", "acme-prod"),
            ("PUBLIC_ORIGIN", "https://id.example.org"),
        ];
        let words = SiteWords::from_environment(&Environment::from_pairs(&variables));
        for password in
            ["Acme2026", "acme söhne", "AcmeSöhne1!", "acme-prod", "söhne123", "prod2026", "Example123"]
        {
            assert!(words.contains(password, None, None), "{password}");
        }
        for password in ["acme horse", "id123456", "acmeprodexample", "acme12345678"] {
            assert!(!words.contains(password, None, None), "{password}");
        }
    }
}
