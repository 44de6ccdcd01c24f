//! What a reader of a text does not see. Every field has this one definition of a blank and of an invisible character.

use icu_properties::CodePointSetData;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint};

/// Whether a character shows nothing and is not white space: Unicode says that displays ignore it, such as U+200B and
/// U+FEFF; or it is an empty cell of Braille or an empty note; or it marks an annotation.
pub(crate) fn is_invisible(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || matches!(character, '\u{2800}' | '\u{1d159}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether a character shows nothing: white space, or an invisible character.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace() || is_invisible(character)
}

/// Whether a character joins or separates the letters beside it, as Persian and many scripts of India need. IDNA says
/// where a domain may have one.
pub(crate) fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

/// Whether a character changes how the ones beside it look: a joiner or a variation selector. Emoji need both.
pub(crate) fn is_shaping(character: char) -> bool {
    is_joiner(character)
        || matches!(character, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(character, '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character makes the text around it look like another one: it changes the direction, breaks the line, or is
/// an invisible copy of an ASCII character (a tag).
pub(crate) fn is_deceptive(character: char) -> bool {
    CodePointSetData::new::<BidiControl>().contains(character)
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a terminal can print a character that a client has chosen: it shows something or shapes what it is beside,
/// and it commands nothing.
#[must_use]
pub fn is_shown(character: char) -> bool {
    let hides = is_invisible(character) && !is_shaping(character);
    !(character.is_control() || hides || is_deceptive(character))
}

/// The text without the blanks around it, which come with a text that is copied.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_reader_sees_is_blank() {
        let invisible = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\
            \u{200f}\u{202a}\u{202c}\u{202e}\u{2060}\u{2064}\u{2066}\u{2069}\u{206f}\u{2800}\u{3164}\u{fe0f}\u{feff}\
            \u{ffa0}\u{fff9}\u{1d159}\u{1d173}\u{e0001}\u{e0061}\u{e007f}\u{e0100}";
        for character in invisible.chars() {
            assert!(is_invisible(character) && is_blank(character), "{character:?}");
        }
        for character in " \t\n\u{85}\u{a0}\u{1680}\u{2003}\u{2028}\u{2029}\u{202f}\u{3000}".chars() {
            assert!(!is_invisible(character) && is_blank(character), "{character:?}");
        }
        for character in "a.-_1ß漢ا\u{301}\u{903}👩\u{fffd}\0\u{7f}".chars() {
            assert!(!is_blank(character), "{character:?}");
        }
    }

    #[test]
    fn only_what_deceives_is_deceptive() {
        for character in
            "\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}\u{2028}\u{2029}\u{e0041}".chars()
        {
            assert!(is_deceptive(character) && !is_shaping(character), "{character:?}");
        }
        for character in "a \u{200b}\u{200c}\u{200d}\u{fe0f}\u{e0100}\u{e0080}".chars() {
            assert!(!is_deceptive(character), "{character:?}");
        }
    }
}
